// Finds the triggers that are no keywords: characters, digits, runs of letters and digits, and characters that
// may be confusable. Whether a position is one depends on at most `REACH` units on each side of it.

import { hexDigit } from './decode.ts';
import {
  AFTER,
  BASE64,
  BASE64_MIN,
  BEFORE,
  CELL_TRIGGER,
  CHAR_TESTS,
  COLUMNS,
  CONFUSABLE,
  CONFUSABLE_TRIGGER,
  DIGIT,
  DIGITS_MIN,
  DROPPED,
  fixed,
  GROUP_TRIGGER,
  HAS_RUNS,
  KINDS,
  LETTER,
  LONE_DIGITS_MIN,
  MARKS,
  NUMBER,
  PLACES,
  PROGRAM,
  REACH,
  RUN_LENGTHS,
  RUN_TRIGGER,
  SEPARATOR,
  SET_HIGH,
  SET_LOW,
  SURE,
  TOKEN,
  UNIT_BITS,
  UNITS,
} from './layout.ts';
import { isBeside } from './neighbours.ts';
import { mayBeCell } from './places.ts';

const PERCENT: u32 = 0x25;
const BACKSLASH: u32 = 0x5c;
const MATH_HIGH: u32 = 0xd835;
const MATH_LOW_FIRST: u32 = 0xdfce;
const MATH_DIGITS: u32 = 50;

let units: usize = 0;
let columns: usize = 0;
let unitBits: usize = 0;
let kinds: usize = 0;
let charTests: usize = 0;
let hasRuns: bool = false;
let hasPlaces: bool = false;
let written: usize = 0;

/** Writes position and trigger of each mark in `[from, to)`. @returns the number of marks */
export function mark(from: u32, to: u32): u32 {
  units = fixed(UNITS);
  columns = fixed(COLUMNS);
  unitBits = fixed(UNIT_BITS);
  kinds = fixed(KINDS);
  charTests = fixed(CHAR_TESTS);
  hasRuns = fixed(HAS_RUNS) !== 0;
  hasPlaces = fixed(PLACES) !== 0;
  written = fixed(MARKS);
  const low = v128.load(PROGRAM + SET_LOW);
  const high = v128.load(PROGRAM + SET_HIGH);
  const four = i8x16.splat(15);
  for (let block = from; block < to; block += 16) {
    const column = v128.load(columns + block);
    const inSet = v128.and(
      i8x16.swizzle(low, v128.and(column, four)),
      i8x16.swizzle(high, i8x16.shr_u(column, 4)),
    );
    let found = ~u32(i8x16.bitmask(i8x16.eq(inSet, i8x16.splat(0)))) & 0xffff;
    if (to - block < 16) found &= (1 << (to - block)) - 1;
    while (found !== 0) {
      markAt(i32(block + ctz<u32>(found)));
      found &= found - 1;
    }
  }
  return u32(written - fixed(MARKS)) >> 3;
}

function write(position: i32, trigger: u32): void {
  store<u32>(written, position);
  store<u32>(written, trigger, 4);
  written += 8;
}

/** The column of a unit: an ASCII code, or 0, also where the text has ended. */
function columnAt(position: i32): u32 {
  return load<u8>(columns + position);
}

function unitAt(position: i32): u32 {
  return load<u16>(units + (position << 1));
}

function isKind(position: i32, kind: u32): bool {
  return (load<u8>(kinds + load<u8>(columns + position)) & kind) !== 0;
}

function isDigit(position: i32): bool {
  return columnAt(position) - 0x30 < 10;
}

function markAt(position: i32): void {
  const code = columnAt(position);
  if (code - 0x30 < 10) {
    if (beginsGroup(position)) write(position, GROUP_TRIGGER);
    if (hasRuns || hasPlaces) markRun(position);
    return;
  }
  if (code === 0) {
    if (mayBeConfusable(position)) write(position, CONFUSABLE_TRIGGER);
    return;
  }
  if ((code === PERCENT || code === BACKSLASH) && isEscape(position, code)) {
    write(position, CONFUSABLE_TRIGGER);
  }
  const tests: usize = load<u32>(charTests + (code << 2));
  if (tests === 0) return;
  if (isBeside(position, position + 1, load<u32>(tests, BEFORE), load<u32>(tests, AFTER))) {
    write(position, load<u32>(tests));
  }
}

/** Whether a digit begins a group that has the fewest digits a trigger asks for. */
function beginsGroup(position: i32): bool {
  if (isDigit(position - 1)) return false;
  if (isKind(position - 1, SEPARATOR) && isDigit(position - 2)) return false;
  const wanted = fixed(DIGITS_MIN);
  if (wanted === 0) return false;
  const wantedAlone = fixed(LONE_DIGITS_MIN);
  let digits: u32 = 1;
  let at = position + 1;
  while (digits < wantedAlone && isDigit(at)) {
    digits++;
    at++;
  }
  if (digits >= wantedAlone) return true;
  if (!isKind(at, SEPARATOR) || !isDigit(at + 1)) {
    return digits >= wanted && isKind(position - 1, SEPARATOR) && isKind(position - 2, LETTER);
  }
  while (digits < wanted) {
    if (isDigit(at)) digits++;
    else if (!isKind(at, SEPARATOR) || !isDigit(at + 1)) return false;
    at++;
  }
  return true;
}

/** Marks the first digit of a run that may be a cell, that a trigger asks for, or whose base64 may hold text. */
function markRun(position: i32): void {
  const reach: i32 = REACH;
  let start = position;
  while (position - start < reach && isKind(start - 1, LETTER)) start--;
  if (position - start < reach && isDigit(start - 1)) return;
  let end = position + 1;
  let hasLetter = start < position;
  while (end - position < reach && isKind(end, LETTER | DIGIT)) {
    hasLetter = hasLetter || isKind(end, LETTER);
    end++;
  }
  if (hasPlaces && mayBeCell(start, position, end)) write(position, CELL_TRIGGER);
  if (!hasRuns) return;
  const isLong = position - start === reach || end - position === reach;
  const isWanted = hasLetter && load<u8>(fixed(RUN_LENGTHS) + (end - start)) !== 0;
  if (isLong || isWanted || mayBeginBase64(position)) write(position, RUN_TRIGGER);
}

function mayBeginBase64(position: i32): bool {
  const reach: i32 = REACH;
  let start = position;
  while (position - start < reach && isKind(start - 1, BASE64) && !isDigit(start - 1)) start--;
  if (position - start < reach && isDigit(start - 1)) return false;
  const wanted = i32(fixed(BASE64_MIN));
  let end = position + 1;
  while (end - start < wanted && end - position < reach && isKind(end, BASE64)) end++;
  return wanted !== 0 && end - start >= wanted;
}

/** Whether `%XX` or `\u00XX`, in the text itself, stands for a printable ASCII character. */
function isEscape(position: i32, code: u32): bool {
  let digits = position + 1;
  if (code === BACKSLASH) {
    const isLong =
      columnAt(digits) === 0x75 && columnAt(digits + 1) === 0x30 && columnAt(digits + 2) === 0x30;
    if (!isLong) return false;
    digits += 3;
  } else if (code !== PERCENT) return false;
  const high = hexDigit(columnAt(digits));
  const low = hexDigit(columnAt(digits + 1));
  if (high < 0 || low < 0) return false;
  const decoded = (high << 4) | low;
  return decoded >= 0x20 && decoded <= 0x7e;
}

function bitsAt(position: i32): u32 {
  return load<u8>(unitBits + unitAt(position));
}

/** Whether normalizing a character that is not ASCII can change what is found. */
function mayBeConfusable(position: i32): bool {
  const bits = bitsAt(position);
  if ((bits & CONFUSABLE) === 0) return false;
  if (unitAt(position) === MATH_HIGH) return unitAt(position + 1) - MATH_LOW_FIRST < MATH_DIGITS;
  if ((bits & SURE) !== 0) return true;
  const before = bitsAt(position - 1);
  const after = bitsAt(position + 1);
  if ((before & after & TOKEN) === 0) return false;
  return (bits & DROPPED) !== 0 || ((before | after) & NUMBER) !== 0;
}
