// Finds names of hosts in a text: names with a dot, and what follows `//`. Looks for dots and slashes first,
// because a regular expression that tries every character takes ten times as long.

import {
  codeAt,
  DOT,
  DOUBLE_QUOTE,
  isDigit,
  isLetter,
  MINUS,
  NEWLINE,
  OPEN,
  SPACE,
  TAB,
  UNDERSCORE,
} from './detect/characters.ts';

const NAME =
  /(?<![\p{L}\p{N}._-])(?:[\p{L}\p{N}_-]{1,63}\.){1,10}[\p{L}\p{N}-]{1,63}(?![\p{L}\p{N}_-])|(?<=\/\/)(?:[^\s/?#\\@"'<>]{0,100}@)?[\p{L}\p{N}.[\]:_-]{1,255}/uy;
/** 63 characters, each of which may have two code units. */
const LABEL_UNITS_MAX = 126;
const NONE = Infinity;
/** Most names are shorter. */
const PLAIN_LABELS_MAX = 6;
const PLAIN_LENGTH_MAX = 40;

/** By UTF-16 code unit beyond ASCII, filled as they are met. */
const KINDS = new Uint8Array(0x10000);
const NAME_CHAR = 2;
const OTHER_CHAR = 1;
const LETTER_OR_NUMBER = /^[\p{L}\p{N}]$/u;

/** A name with its start. */
export interface HostName {
  readonly name: string;
  readonly index: number;
}

/** The names of a text, none of which overlap, in linear time. */
export function* hostNames(text: string): Generator<HostName, void> {
  const dots = new DottedNames(text);
  let slashes = afterSlashes(text, 0);
  for (let at = 0; ;) {
    if (slashes < at) slashes = afterSlashes(text, at);
    const index = Math.min(slashes, dots.startFrom(at));
    if (index === NONE) return;
    const end = plainEnd(text, index) ?? nameEnd(text, index);
    if (end !== undefined) yield { name: text.slice(index, end), index };
    at = end ?? index + 1;
  }
}

function nameEnd(text: string, index: number): number | undefined {
  NAME.lastIndex = index;
  return NAME.test(text) ? NAME.lastIndex : undefined;
}

/** What `nameEnd` returns for most names: a few labels in ASCII, the last one without an underscore. */
function plainEnd(text: string, index: number): number | undefined {
  if (index > 0 && codeAt(text, index - 1) !== SPACE && !isOpening(codeAt(text, index - 1)))
    return undefined;
  let labels = 0;
  for (let at = index; labels < PLAIN_LABELS_MAX; labels++) {
    const start = at;
    let code = codeAt(text, at);
    while (isLetter(code) || isDigit(code)) code = codeAt(text, ++at);
    if (at === start || at - start > PLAIN_LENGTH_MAX) return undefined;
    if (code !== DOT) {
      const isEnd = labels > 0 && code < 0x80 && code !== MINUS && code !== UNDERSCORE;
      return isEnd ? at : undefined;
    }
    at++;
  }
  return undefined;
}

function isOpening(code: number): boolean {
  return code === OPEN || code === NEWLINE || code === DOUBLE_QUOTE || code === TAB;
}

/** The first place from `at` on that is behind two slashes. */
function afterSlashes(text: string, at: number): number {
  const found = text.indexOf('//', Math.max(0, at - 2));
  return found < 0 ? NONE : found + 2;
}

/** Where names with a dot may start, in the order of the text. */
class DottedNames {
  readonly #text: string;
  #dot = -1;
  #start = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first such place from `at` on, which never decreases. */
  startFrom(at: number): number {
    while (this.#start < at) {
      this.#dot = this.#text.indexOf('.', Math.max(this.#dot + 1, at));
      this.#start = this.#dot < 0 ? NONE : startBefore(this.#text, this.#dot);
    }
    return this.#start;
  }
}

/** The start of the label before a dot, if it may begin a name; -1 otherwise. */
function startBefore(text: string, dot: number): number {
  const limit = dot - LABEL_UNITS_MAX;
  let start = dot;
  while (start > limit) {
    const width = nameCharBefore(text, start);
    if (width === 0) break;
    start -= width;
  }
  const isInName = codeAt(text, start - 1) === DOT || !mayBeNameAt(text, dot + 1);
  return start === dot || isInName ? -1 : start;
}

/** The width of the letter, number, hyphen or underscore before `end`, or 0. */
function nameCharBefore(text: string, end: number): number {
  const code = codeAt(text, end - 1);
  if (!isSurrogate(code)) return isNameCode(code) ? 1 : 0;
  return LETTER_OR_NUMBER.test(text.slice(Math.max(0, end - 2), end)) ? 2 : 0;
}

function mayBeNameAt(text: string, at: number): boolean {
  const code = codeAt(text, at);
  return isSurrogate(code) || isNameCode(code);
}

function isNameCode(code: number): boolean {
  if (code < 0x80) return isLetter(code) || isDigit(code) || code === MINUS || code === UNDERSCORE;
  KINDS[code] ||= LETTER_OR_NUMBER.test(String.fromCharCode(code)) ? NAME_CHAR : OTHER_CHAR;
  return KINDS[code] === NAME_CHAR;
}

function isSurrogate(code: number): boolean {
  return (code & 0xf800) === 0xd800;
}
