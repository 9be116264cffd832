// Puts values back into text as it is written in JSON, touching nothing else of it. All text here is
// bytes, one unit (U+0000 to U+00FF) for each: tokens and the syntax of JSON are ASCII, so nothing
// has to be decoded, and not even damaged UTF-8 is changed.

import { tokenPattern, tokenStartLength } from '../../../shared/privacy/placeholders.ts';
import { meaningOf } from './meaning.ts';
import { issued, type Values } from './restore-text.ts';

export interface Restored {
  readonly done: string;
  /** The end of the text, in case more of it comes: it may be the start of a token or an escape. */
  readonly held: string;
}

/** Restores text written inside `depth` JSON strings; a value is escaped as often. */
export function restoreWritten(written: string, depth: number, values: Values): Restored {
  const { text, at } = meaningOf(written, depth);
  const end = at(text.length - tokenStartLength(text));
  let done = '';
  let from = 0;
  for (const match of text.matchAll(tokenPattern())) {
    const [token] = match;
    const value = issued(values, token);
    if (value === undefined) continue;
    done += written.slice(from, at(match.index)) + nested(value, depth);
    from = at(match.index + token.length);
  }
  return { done: done + written.slice(from, end), held: written.slice(end) };
}

/** The bytes of `text` in UTF-8, one unit for each. */
export function byteText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function nested(value: string, depth: number): string {
  let text = value;
  for (let level = 0; level < depth; level += 1) text = JSON.stringify(text).slice(1, -1);
  return byteText(text);
}
