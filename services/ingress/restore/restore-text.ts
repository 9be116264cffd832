// Restores placeholders in plain text in a single pass, so a restored value that looks like a
// placeholder is not replaced again.

import { placeholderPattern } from '../../../shared/privacy/placeholders.ts';

/** Value by placeholder; only own properties count as issued. */
export type Values = Readonly<Record<string, string>>;

/**
 * Replaces each placeholder of `values` in `text`. Others were invented by the model and stay.
 * @param encode how a value is written in `text`; unchanged by default
 */
export function restoreText(
  text: string,
  values: Values,
  encode: (value: string) => string = (value) => value,
): string {
  // A function, because `$&` in a replacement string has a special meaning.
  return text.replace(placeholderPattern(), (placeholder) => {
    const value = issuedValue(values, placeholder);
    return value === undefined ? placeholder : encode(value);
  });
}

/** The value of a placeholder; `undefined` if this request did not issue it. */
export function issuedValue(values: Values, placeholder: string): string | undefined {
  return Object.hasOwn(values, placeholder) ? values[placeholder] : undefined;
}
