// Where a key may begin. A letter before it usually means that it is the tail of something longer,
// unless that letter ends an escape, as in `\nghp_…` within JSON or `%3Dghp_…` within a URL.

import { DOT, isDigit, isLetter, MINUS, PLUS, SLASH } from './characters.ts';

const ESCAPE_BEFORE = /(?:\\[bfnrtv]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$/;
const ESCAPE_LENGTH_MAX = 6;
const UNDERSCORE = 95;

/** Whether no ASCII letter or digit that belongs to the text itself stands before `at`. */
export function beginsAt(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  if (!isLetter(before) && !isDigit(before)) return true;
  return ESCAPE_BEFORE.test(text.slice(Math.max(0, at - ESCAPE_LENGTH_MAX), at));
}

/** Whether a character that keys contain as well joins what begins at `at` to something before it. */
export function isJoined(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return (
    before === MINUS ||
    before === UNDERSCORE ||
    before === DOT ||
    before === SLASH ||
    before === PLUS
  );
}
