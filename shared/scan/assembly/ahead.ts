// Reads ahead to the end of a string, to know whether its literal is remembered before it is decoded.

import { at, end, isLast, moveTo } from './cursor.ts';
import {
  fixed,
  get,
  INPUT,
  BASE,
  LITERAL_ESCAPED,
  LITERAL_READ,
  READS_TEXTS,
  set,
  START,
} from './layout.ts';
import { BLOCK_BYTES, endLiteral, endsEscaped, findQuote, hashBlock } from './literal.ts';
import { beginEntry, giveUpEntry, isRemembering, remembered } from './remembered.ts';
import { beginHash } from './siphash.ts';

// What reading ahead comes to.
export const KNOWN: u32 = 0;
/** The string is to be decoded. */
export const UNKNOWN: u32 = 1;
/** The window ends. */
export const UNDECIDED: u32 = 2;

/** Shorter strings are searched as fast as they are found. */
const BYTES_MIN: u32 = 64;

/** What is known of the string. */
export let entry: usize = 0;

/** Begins a string. @returns whether to read ahead */
export function beginAhead(isValue: bool): bool {
  giveUpEntry();
  if (!isValue || !isRemembering() || get(READS_TEXTS) === 0) return false;
  set(LITERAL_READ, 0);
  set(LITERAL_ESCAPED, 0);
  return true;
}

/** Reads on; a string that is known is read to its end. */
export function readAhead(): u32 {
  let p = at;
  let read = get(LITERAL_READ);
  let isEscaped = get(LITERAL_ESCAPED) !== 0;
  let to = min<usize>(p + BLOCK_BYTES, end);
  let quote = findQuote(p, to, isEscaped);
  while (quote === to && to - p === BLOCK_BYTES) {
    if (read === 0) beginHash();
    hashBlock(p, BLOCK_BYTES);
    isEscaped = endsEscaped;
    read += BLOCK_BYTES;
    p = to;
    to = min<usize>(p + BLOCK_BYTES, end);
    quote = findQuote(p, to, isEscaped);
  }
  if (quote < to) return look(p, quote, read);
  // Decoding finds what is wrong.
  if (isLast) return UNKNOWN;
  set(LITERAL_READ, read);
  set(LITERAL_ESCAPED, isEscaped ? 1 : 0);
  moveTo(p);
  return UNDECIDED;
}

/** Looks the literal up whose last block is `[from, quote)`. */
function look(from: usize, quote: usize, read: u32): u32 {
  const rest = u32(quote - from);
  if (read + rest < BYTES_MIN) return UNKNOWN;
  if (read === 0) beginHash();
  hashBlock(from, rest);
  endLiteral(read + rest);
  entry = remembered();
  if (entry === 0) {
    beginEntry();
    return UNKNOWN;
  }
  moveTo(quote + 1);
  return KNOWN;
}

/** Goes back to the beginning of the string. @returns whether it is in the window */
export function goBack(): bool {
  const start = get(START) + 1;
  const base = get(BASE);
  moveTo(fixed(INPUT) + (start - base));
  return start >= base;
}
