// Restores placeholders inside raw JSON string text, which is binary text.

import { binaryText } from '../../../shared/json/binary-text.ts';
import { tokenPattern, tokenStartLength } from '../../../shared/privacy/placeholders.ts';
import { decodeJsonText } from './decode-json-text.ts';
import { issuedValue, type Values } from './restore-text.ts';

export interface RestoredText {
  readonly done: string;
  /** The end of the text if it may be the start of a token or an escape. */
  readonly held: string;
}

/** Restores text nested in `depth` JSON strings; values are escaped to the same depth. */
export function restoreJsonText(raw: string, depth: number, values: Values): RestoredText {
  const { text, at } = decodeJsonText(raw, depth);
  const end = at(text.length - tokenStartLength(text));
  let done = '';
  let from = 0;
  for (const match of text.matchAll(tokenPattern())) {
    const [token] = match;
    const value = issuedValue(values, token);
    if (value === undefined) continue;
    done += raw.slice(from, at(match.index)) + escaped(value, depth);
    from = at(match.index + token.length);
  }
  return { done: done + raw.slice(from, end), held: raw.slice(end) };
}

function escaped(value: string, depth: number): string {
  let text = value;
  for (let level = 0; level < depth; level += 1) text = JSON.stringify(text).slice(1, -1);
  return binaryText(text);
}
