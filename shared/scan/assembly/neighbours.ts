// Tests what is beside a match: most keywords and signs stand where they mean something else.

import { CODE_FOREIGN, fixed, NEIGHBOURS, PART_START, WORD_START, unitAt } from './layout.ts';

const BACKSLASH: u32 = 0x5c;
const SMALL_A: u32 = 0x61;
const CAPITAL_A: u32 = 0x41;
const LETTERS: u32 = 26;
const SMALL_N: u32 = 0x6e;
const SMALL_R: u32 = 0x72;
const SMALL_T: u32 = 0x74;

function setsOf(unit: u32): u32 {
  return load<u32>(usize(fixed(NEIGHBOURS)) + (min<u32>(unit, CODE_FOREIGN) << 2));
}

/** Whether what is before `first` is in one of the sets `before`, and what is at `end` in one of `after`. */
export function isBeside(first: i32, end: i32, before: u32, after: u32): bool {
  if ((setsOf(unitAt(end)) & after) === 0) return false;
  const unit = unitAt(first - 1);
  if ((setsOf(unit) & before) !== 0) return true;
  if (unit - SMALL_A >= LETTERS) return false;
  const mayEndEscape = unit === SMALL_N || unit === SMALL_R || unit === SMALL_T;
  if (mayEndEscape && unitAt(first - 2) === BACKSLASH) {
    return (before & (PART_START | WORD_START)) !== 0;
  }
  return unitAt(first) - CAPITAL_A < LETTERS && (before & PART_START) !== 0;
}
