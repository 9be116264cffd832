// Tells in a few steps that no label is beside a number, which is true for nearly all numbers of code and logs.

import {
  isBlankOrOpen,
  isItemCode,
  LINK,
  LINK_CODES,
  LINK_WORDS,
  SOMETIMES,
} from './label-links.ts';
import { speakerStart } from './label-links.ts';
import { isLetter } from './context.ts';
import {
  ASTERISK,
  BACKSLASH,
  CLOSE,
  codeAt,
  COLON,
  COMMA,
  DOLLAR,
  DOT,
  GREATER,
  isDigit,
  isLetter as isAsciiLetter,
  isLower,
  isUpper,
  isWord,
  MINUS,
  NEWLINE,
  OPEN,
  PLUS,
  QUESTION,
  RETURN,
  SPACE,
  UNDERSCORE,
} from './characters.ts';
import { extensionEnd } from './phone-forms.ts';
import { WordEdges } from './word-edges.ts';

const REACH = 64;
const PREFIX_LETTERS_MAX = 4;
const GAP_MAX = 3;
const WIDE_COLON = 0xff1a;

export class LabelGate {
  readonly #starts: WordEdges;
  readonly #ends: WordEdges;

  constructor(labels: readonly string[]) {
    const plurals = labels.map((label) => `${label}s`);
    this.#starts = new WordEdges([...labels, ...LINK_WORDS.after], 'first');
    this.#ends = new WordEdges([...labels, ...plurals, ...LINK_WORDS.before], 'last');
  }

  /** Whether a label may be beside the candidate. */
  passes(text: string, start: number, end: number): boolean {
    let at = start;
    while (isAsciiLetter(codeAt(text, at - 1))) if (start - --at > PREFIX_LETTERS_MAX) return false;
    const before = codeAt(text, at - 1);
    if (isDigit(before) || before === DOLLAR) return false;
    if (before === UNDERSCORE) return codeAt(text, at - 2) === UNDERSCORE;
    // Signs of a telephone number.
    if (before === OPEN && isAsciiLetter(codeAt(text, at - 2)))
      return this.#mayBeAfter(text, extensionEnd(text, end));
    if (before === BACKSLASH || before === OPEN || before === CLOSE || before === PLUS) return true;
    if ((before === SPACE || before === MINUS) && codeAt(text, at - 2) === CLOSE) return true;
    if (this.#mayBeBefore(text, at)) return true;
    if (at === start && this.#mayBeBeforeGroup(text, start)) return true;
    return this.#mayBeAfter(text, extensionEnd(text, end));
  }

  /** Whether a label or a word between label and value may end before the signs before `start`. */
  #mayBeBefore(text: string, start: number): boolean {
    const limit = start - REACH;
    let at = start;
    let code = codeAt(text, at - 1);
    while (LINK_CODES[code] === LINK) {
      if (--at <= limit) return true;
      code = codeAt(text, at - 1);
    }
    if (isAsciiLetter(code)) return this.#mayEnd(text, at);
    if (isDigit(code)) return isIndex(text, at) || this.#ends.mayBeAt(text, at);
    if (LINK_CODES[code] === SOMETIMES) return mayLink(text, at, code);
    return code === CLOSE || (code > 0x7f && isLetter(code));
  }

  #mayEnd(text: string, at: number): boolean {
    if (this.#ends.mayBeAt(text, at)) return true;
    return codeAt(text, at) === COLON && speakerStart(text, at) !== undefined;
  }

  /** Whether letters and one sign before the number belong to it, and a label may be before them. */
  #mayBeBeforeGroup(text: string, start: number): boolean {
    const sign = codeAt(text, start - 1);
    if (sign !== SPACE && sign !== MINUS && sign !== DOT) return false;
    const last = codeAt(text, start - 2);
    if (isUpper(last)) return true;
    if (!isLower(last)) return false;
    const next = codeAt(text, start - 3);
    if (sign === MINUS && !isWord(next)) return this.#mayBeBefore(text, start - 2);
    if (sign !== SPACE || !isLower(next) || isWord(codeAt(text, start - 4))) return false;
    return this.#mayBeBefore(text, start - 3);
  }

  #mayBeAfter(text: string, end: number): boolean {
    let at = end;
    while (at < end + GAP_MAX && isBlankOrOpen(codeAt(text, at))) at++;
    return at > end && this.#starts.mayBeAt(text, at);
  }
}

/** Whether the digits before `end` may be an index of a label: `phone2`, `phone_2`, `Phone 2:`. */
function isIndex(text: string, end: number): boolean {
  const at = isDigit(codeAt(text, end - 2)) ? end - 2 : end - 1;
  const before = codeAt(text, at - 1);
  if (before === SPACE) return codeAt(text, end) === COLON;
  return before === UNDERSCORE || isLetter(before);
}

/** Whether a word with a digit, or of a few capitals, is before a comma. */
function mayBeItem(text: string, end: number): boolean {
  const limit = Math.max(0, end - REACH);
  let at = end;
  while (at > limit && isItemCode(codeAt(text, at - 1))) {
    if (isDigit(codeAt(text, at - 1))) return true;
    at--;
  }
  return at < end && end - at <= CAPITALS_MAX && isUpper(codeAt(text, at));
}

const CAPITALS_MAX = 4;

/** Whether a sign that is sometimes a link, or ends an item of a list, may be one here. */
function mayLink(text: string, end: number, code: number): boolean {
  const before = codeAt(text, end - 2);
  switch (code) {
    case NEWLINE:
      return (
        before === SPACE ||
        before === RETURN ||
        before === COLON ||
        before === QUESTION ||
        before === ASTERISK ||
        before === WIDE_COLON
      );
    case OPEN:
      return !isLower(before);
    case COMMA:
      return mayBeItem(text, before === SPACE ? end - 2 : end - 1);
    case QUESTION:
      return isLetter(before);
    default:
      return code === GREATER;
  }
}
