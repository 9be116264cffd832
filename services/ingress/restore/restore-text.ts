// Puts values back into plain text. One pass over the form of placeholders: a value put in is never
// looked at again, even when it looks like a placeholder itself.

import { tokenPattern } from '../../../shared/privacy/placeholders.ts';

/** Value by token; only the record's own properties count as issued. */
export type Values = Readonly<Record<string, string>>;

/**
 * `text` with each token that is in `values` replaced. A token of the same form that is not was made
 * up by the model and stays.
 * @param written how a value is to be written in `text`; as it is by default
 */
export function restoreText(
  text: string,
  values: Values,
  written: (value: string) => string = (value) => value,
): string {
  // A function as replacement: in a string `$&` would have a meaning.
  return text.replace(tokenPattern(), (token) => {
    const value = issued(values, token);
    return value === undefined ? token : written(value);
  });
}

/** The value behind a token, undefined when this request did not issue it. */
export function issued(values: Values, token: string): string | undefined {
  return Object.hasOwn(values, token) ? values[token] : undefined;
}
