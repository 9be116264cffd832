// Restores placeholders in plain text in a single pass, so a restored value that looks like a
// placeholder is not replaced again.

import { tokenPattern } from '../../../shared/privacy/placeholders.ts';

/** Value by token; only own properties count as issued. */
export type Values = Readonly<Record<string, string>>;

/**
 * Replaces each token of `values` in `text`. Other tokens were made up by the model and stay.
 * @param encode how a value is written in `text`; unchanged by default
 */
export function restoreText(
  text: string,
  values: Values,
  encode: (value: string) => string = (value) => value,
): string {
  // A function, because `$&` in a replacement string has a special meaning.
  return text.replace(tokenPattern(), (token) => {
    const value = issuedValue(values, token);
    return value === undefined ? token : encode(value);
  });
}

/** The value of a token; `undefined` if this request did not issue it. */
export function issuedValue(values: Values, token: string): string | undefined {
  return Object.hasOwn(values, token) ? values[token] : undefined;
}
