// Restores placeholders in plain text in a single pass, so a restored value that looks like a
// placeholder is not replaced again.

import { placeholderPattern } from '../../../shared/privacy/placeholders.ts';
import type { IssuedValues } from '../../../shared/privacy/vault.ts';

/**
 * Replaces each placeholder of `values` in `text`. Others were invented by the model and stay.
 * @param encode how a value is written in `text`; unchanged by default
 */
export function restoreText(
  text: string,
  values: IssuedValues,
  encode: (value: string) => string = (value) => value,
): string {
  // A function, because `$&` in a replacement string has a special meaning.
  return text.replace(placeholderPattern(), (placeholder) => {
    const value = values.get(placeholder);
    return value === undefined ? placeholder : encode(value);
  });
}
