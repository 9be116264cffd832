// Where tables may be: words in the place of a heading, numbers in the place of a cell, and the lines around
// them. Most words and numbers are rejected after a look at a few characters.

import {
  CROSSING,
  DELIMITER,
  IN_CODE,
  IN_HEADING,
  IN_NUMBER,
  IN_PADDING,
} from '../../scan/program.ts';
import { BACKSLASH, NEWLINE, RETURN, SPACE } from './characters.ts';
import { isPartStart } from './context.ts';
import { isQuote } from './table-cells.ts';
import { LINE_LENGTH_MAX } from './table-rows.ts';

/** With the padding of Markdown and of terminals. */
const CELL_LENGTH_MAX = 128;
/** Other words on one side of a word in a heading. */
const WORDS_MAX = 3;
/** Shorter words begin a part of a heading: `userPw`. */
const PART_LENGTH_MIN = 6;
/** Characters before a number in which a row of headings is searched for. */
const LOOK_BACK = 65_536;
/** Blanks, quotes and signs between a number and its delimiter. */
const PADDING_MAX = 4;
/** Digits and signs before the last group of a number. */
const NUMBER_LENGTH_MAX = 24;

const SMALL_N = 110;
const SMALL_R = 114;

/** What each UTF-16 unit may be in a table. */
export const PLACES: Uint8Array = new Uint8Array(0x10000)
  .fill(IN_HEADING, 0xc0)
  .fill(0, 0x2500, 0x2580);
function add(place: number, chars: string): void {
  for (const char of chars) PLACES[char.charCodeAt(0)] = (PLACES[char.charCodeAt(0)] ?? 0) | place;
}
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
add(IN_HEADING, `${LETTERS}${LETTERS.toUpperCase()}0123456789_ "'\`*-./#&?`);
add(IN_NUMBER, `0123456789 "'+-./()`);
add(IN_PADDING, ` "'+(\\`);
add(DELIMITER, ',;\t|\u2502');
add(IN_CODE, ']}:=');
add(CROSSING, '+\u253c\u251c\u256a\u255e');

/** Whether delimiters or line breaks enclose the heading with the word; rejects most words at once. */
export function isHeading(text: string, start: number, end: number): boolean {
  // `ort` in `import` is no word.
  if (end - start < PART_LENGTH_MIN && !isPartStart(text, start)) return false;
  const after = headingEdge(text, end, 1);
  const isBefore = isPart(DELIMITER, text.charCodeAt(after));
  if (!isBefore && !isLineEdge(text, after)) return false;
  const before = headingEdge(text, start - 1, -1);
  if (isPart(DELIMITER, text.charCodeAt(before))) return true;
  // Most lines of code have one delimiter, at their end.
  if (!isBefore || isLineEdge(text, after + 1)) return false;
  return isLineEdge(text, before) || isQuote(text.charCodeAt(before + 1));
}

/** Returns the first place from `from` on that is outside a heading with few words, and its padding. */
function headingEdge(text: string, from: number, step: 1 | -1): number {
  const limit = from + step * CELL_LENGTH_MAX;
  let words = 0;
  let isBlank = false;
  for (let at = from; at !== limit; at += step) {
    const code = text.charCodeAt(at);
    if (!isPart(IN_HEADING, code)) return at;
    if (isBlank && code !== SPACE && ++words > WORDS_MAX) return at;
    isBlank = code === SPACE;
  }
  return limit;
}

/** Whether a number begins or ends a cell. */
export function isCell(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (start - before <= PADDING_MAX && isPart(IN_PADDING, text.charCodeAt(before))) before--;
  if (isPart(DELIMITER, text.charCodeAt(before))) return !isPart(IN_CODE, text.charCodeAt(end));
  let after = end;
  while (after - end < PADDING_MAX && isPart(IN_PADDING, text.charCodeAt(after))) after++;
  if (!isPart(DELIMITER, text.charCodeAt(after))) return false;
  while (start - before <= NUMBER_LENGTH_MAX && isPart(IN_NUMBER, text.charCodeAt(before)))
    before--;
  return isLineEdge(text, before);
}

/** Whether the line or the text ends at an offset; line breaks may be escaped. */
function isLineEdge(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === BACKSLASH) return isBreakLetter(text.charCodeAt(at + 1));
  if (code === SMALL_N) return text.charCodeAt(at - 1) === BACKSLASH;
  return code === NEWLINE || code === RETURN || Number.isNaN(code);
}

/** Returns the start of the line with `at`, not before `floor`; undefined if the line is too long for a row. */
export function lineStart(text: string, at: number, floor: number): number | undefined {
  const limit = Math.max(floor, at - LINE_LENGTH_MAX);
  for (let start = at; start > limit; start--) if (endsLine(text, start - 1)) return start;
  return limit === floor ? floor : undefined;
}

/** Returns the start of the first of the adjacent lines with delimiters above `at`. */
export function firstLine(text: string, at: number, floor: number): number | undefined {
  let first = lineStart(text, at, floor);
  if (first === undefined) return undefined;
  const limit = Math.max(floor, at - LOOK_BACK);
  let hasDelimiter = false;
  for (let start = first - 1; start > limit; start--) {
    if (isPart(DELIMITER | CROSSING, text.charCodeAt(start - 1))) hasDelimiter = true;
    else if (endsLine(text, start - 1)) {
      if (!hasDelimiter) return first;
      first = start;
      hasDelimiter = false;
    }
  }
  return hasDelimiter && limit === floor ? floor : first;
}

/** Whether a line break, which may be escaped, ends with the character. */
function endsLine(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === NEWLINE || (code === SMALL_N && text.charCodeAt(at - 1) === BACKSLASH);
}

function isBreakLetter(code: number): boolean {
  return code === SMALL_N || code === SMALL_R;
}

function isPart(kind: number, code: number): boolean {
  return ((PLACES[code] ?? 0) & kind) !== 0;
}
