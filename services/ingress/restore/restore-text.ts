// Restores placeholders in plain text in a single pass, so a restored value that looks like a
// placeholder is not replaced again.

import type { IssuedValues } from '../../../shared/privacy/vault.ts';
import { IssuedPlaceholders } from './issued-placeholders.ts';

/**
 * Replaces each placeholder of `values` in `text`. Others were invented by the model and stay.
 * @param encode how a value is written in `text`; unchanged by default
 */
export function restoreText(
  text: string,
  values: IssuedValues,
  encode: (value: string) => string = (value) => value,
): string {
  const parts: string[] = [];
  let from = 0;
  for (const { value, start, end } of new IssuedPlaceholders(values).findIn(text, true).found) {
    parts.push(text.slice(from, start), encode(value));
    from = end;
  }
  return parts.join('') + text.slice(from);
}
