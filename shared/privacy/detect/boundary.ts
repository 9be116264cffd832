// Whether a key may begin at an offset. A preceding letter usually means a longer token, unless it
// ends an escape such as `\nghp_…` in JSON or `%3Dghp_…` in a URL.

import { codeAt, DOT, isDigit, isLetter, MINUS, PLUS, SLASH, UNDERSCORE } from './characters.ts';

const ESCAPE_BEFORE = // eslint-disable-next-line no-control-regex -- a color of a terminal
  /(?:\\[bfnrtv]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|(?:\u001b|\\u001b|\\x1b|\\033|\\e)\[[\d;]{0,10}m)$/;
const ESCAPE_LENGTH_MAX = 18;

/** Whether no ASCII letter or digit precedes `at`, apart from one that ends an escape. */
export function beginsAt(text: string, at: number): boolean {
  const before = codeAt(text, at - 1);
  if (!isLetter(before) && !isDigit(before)) return true;
  return ESCAPE_BEFORE.test(text.slice(Math.max(0, at - ESCAPE_LENGTH_MAX), at));
}

/** Whether a character that may occur in keys precedes `at`. */
export function isJoined(text: string, at: number): boolean {
  const before = codeAt(text, at - 1);
  return (
    before === MINUS ||
    before === UNDERSCORE ||
    before === DOT ||
    before === SLASH ||
    before === PLUS
  );
}
