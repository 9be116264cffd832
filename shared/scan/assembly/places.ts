// Whether a word may be in a heading of a table, or a number in a cell, as far as units within reach tell. The
// scanner looks further.

import {
  DELIMITER,
  fixed,
  IN_CODE,
  IN_HEADING,
  IN_NUMBER,
  IN_PADDING,
  PLACES,
  REACH,
  unitAt,
} from './layout.ts';

/** Shorter words must begin a part of a heading. */
const PART_LENGTH_MIN: i32 = 6;
/** Other words on one side of a word in a heading. */
const WORDS_MAX: i32 = 3;
/** Blanks, quotes and signs between a number and its delimiter. */
const PADDING_MAX: i32 = 4;
/** Digits and signs before the last group of a number. */
const NUMBER_LENGTH_MAX: i32 = 24;
/** Units read on each side of a word, and after the first digit of a number. */
const HEADING_REACH: i32 = REACH - 4;
const NUMBER_REACH: i32 = REACH - 8;

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const SPACE: u32 = 32;
const QUOTE: u32 = 34;
const APOSTROPHE: u32 = 39;
const BACKSLASH: u32 = 92;
const BACKQUOTE: u32 = 96;
const SMALL_A: u32 = 97;
const SMALL_N: u32 = 110;
const SMALL_R: u32 = 114;
const LETTERS: u32 = 26;

function isPlace(position: i32, kind: u32): bool {
  return (u32(load<u8>(usize(fixed(PLACES)) + unitAt(position))) & kind) !== 0;
}

function isLetter(unit: u32): bool {
  return (unit | 32) - SMALL_A < LETTERS;
}

/** Whether delimiters or line breaks may enclose the heading with the word `[first, end)`. */
export function mayBeHeading(first: i32, end: i32): bool {
  const isShort = end - first < PART_LENGTH_MIN;
  if (isShort && isLetter(unitAt(first - 1)) && unitAt(first) - SMALL_A < LETTERS) return false;
  const after = headingEdge(end, 1);
  if (after - end === HEADING_REACH) return true;
  const isBefore = isPlace(after, DELIMITER);
  if (!isBefore && !isLineEdge(after)) return false;
  const before = headingEdge(first - 1, -1);
  if (first - 1 - before === HEADING_REACH || isPlace(before, DELIMITER)) return true;
  if (!isBefore || isLineEdge(after + 1)) return false;
  return isLineEdge(before) || isQuote(unitAt(before + 1));
}

/** The first position from `from` on that is outside a heading with few words. */
function headingEdge(from: i32, step: i32): i32 {
  const limit = from + step * HEADING_REACH;
  let words = 0;
  let isBlank = false;
  let at = from;
  for (; at !== limit; at += step) {
    if (!isPlace(at, IN_HEADING)) return at;
    const isSpace = unitAt(at) === SPACE;
    if (isBlank && !isSpace && ++words > WORDS_MAX) return at;
    isBlank = isSpace;
  }
  return at;
}

/** Whether the run `[first, end)` around a digit at `position` may begin or end a cell. */
export function mayBeCell(first: i32, position: i32, end: i32): bool {
  if (end - position > NUMBER_REACH || position - first === REACH) return true;
  let before = first - 1;
  while (first - before <= PADDING_MAX && isPlace(before, IN_PADDING)) before--;
  if (isPlace(before, DELIMITER)) return !isPlace(end, IN_CODE);
  let after = end;
  while (after - end < PADDING_MAX && isPlace(after, IN_PADDING)) after++;
  if (!isPlace(after, DELIMITER)) return false;
  while (first - before <= NUMBER_LENGTH_MAX && isPlace(before, IN_NUMBER)) before--;
  return isLineEdge(before);
}

/** Whether a line or the text ends at a position; line breaks may be escaped. */
function isLineEdge(position: i32): bool {
  const unit = unitAt(position);
  if (unit === BACKSLASH) {
    const escaped = unitAt(position + 1);
    return escaped === SMALL_N || escaped === SMALL_R;
  }
  if (unit === SMALL_N) return unitAt(position - 1) === BACKSLASH;
  return unit === NEWLINE || unit === RETURN || unit === 0;
}

function isQuote(unit: u32): bool {
  return unit === QUOTE || unit === APOSTROPHE || unit === BACKQUOTE;
}
