// Rows of headings: short phrases between delimiters. Most lines of prose and code are rejected after a few
// characters.

import { BACKSLASH, CLOSE, DOT, isLetter, MINUS, OPEN, SLASH, SPACE } from './characters.ts';
import type { Range } from './detector.ts';
import { isDelimiter, isQuote, quoteEnd } from './table-cells.ts';

const LENGTH_MAX = 64;
const WORDS_MAX = 6;
const STAR = 42;
/** One word with a full stop is an abbreviation: `Versichertennr.` */
const SENTENCE_END = /\s\S*\p{L}{6}\d?\.$/u;

/** By ASCII code, signs that no heading has. */
const FOREIGN = new Uint8Array(128);
for (const sign of '={}[]<>\\^~@!"`') FOREIGN[sign.charCodeAt(0)] = 1;

/** Returns what delimits the cells of a line that may be a row of headings. */
export function firstDelimiter(text: string, start: number, end: number): number | undefined {
  let at = start;
  while (at < end && text.charCodeAt(at) === SPACE) at++;
  if (at < end && isDelimiter(text.charCodeAt(at))) return text.charCodeAt(at);
  const limit = Math.min(end, at + LENGTH_MAX);
  const open = text.charCodeAt(at) === BACKSLASH ? at + 1 : at;
  let hasLetter = isQuote(text.charCodeAt(open));
  if (hasLetter) at = quoteEnd(text, open, limit) ?? limit;
  for (; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (isDelimiter(code)) return hasLetter ? code : undefined;
    if (isForeign(text, at)) return undefined;
    hasLetter ||= isWordChar(code);
  }
  return undefined;
}

/** Whether all cells of a row are headings or empty, and more than one is a heading. */
export function areHeadings(text: string, cells: readonly Range[]): boolean {
  let count = 0;
  for (const cell of cells) {
    if (cell.start === cell.end) continue;
    if (!isHeading(text, cell)) return false;
    count++;
  }
  return count > 1;
}

/** Whether a cell is no number, no sentence, no code and no comment. */
function isHeading(text: string, { start, end }: Range): boolean {
  if (end - start > LENGTH_MAX || beginsComment(text, start)) return false;
  let hasLetter = false;
  let words = 1;
  let depth = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isForeign(text, at)) return false;
    if (code === OPEN) depth++;
    else if (code === CLOSE && --depth < 0) return false;
    else if (code === SPACE && ++words > WORDS_MAX) return false;
    hasLetter ||= isWordChar(code);
  }
  if (!hasLetter || depth !== 0) return false;
  return text.charCodeAt(end - 1) !== DOT || !SENTENCE_END.test(text.slice(start, end));
}

/** Whether no heading has the sign, or a bracket right after a word, as of a call. */
function isForeign(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return FOREIGN[code] === 1 || (code === OPEN && isWordChar(text.charCodeAt(at - 1)));
}

function beginsComment(text: string, start: number): boolean {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  return code === SLASH ? next === SLASH : (code === STAR || code === MINUS) && next === SPACE;
}

function isWordChar(code: number): boolean {
  return isLetter(code) || code > 0xbf;
}
