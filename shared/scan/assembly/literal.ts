// A keyed hash of the bytes of a string literal: NH of each block in four iterations (UMAC, RFC 4418), then
// SipHash of all results and the length. Two literals have the same one with a probability below 2^-100.

import { endHash, hashWords } from './siphash.ts';
import { CONTEXT, fixed, LITERAL_HASH, NH_KEYS, PADDING } from './layout.ts';

/** Bytes of a block; of all but the last one. */
export const BLOCK_BYTES: u32 = 1024;
const CHUNK_BYTES: u32 = 32;
/** Results of a block. */
const RESULT_BYTES: u32 = 32;
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** Whether the byte where the last search ended is escaped. */
export let endsEscaped: bool = false;

/** The address of the quote that ends a literal, or `to`. @param isEscaped whether the first byte is escaped */
export function findQuote(from: usize, to: usize, isEscaped: bool): usize {
  const quotes = i8x16.splat(QUOTE);
  const backslashes = i8x16.splat(BACKSLASH);
  let p = isEscaped ? from + 1 : from;
  endsEscaped = false;
  while (p < to) {
    const block = v128.load(p);
    const special = v128.or(i8x16.eq(block, quotes), i8x16.eq(block, backslashes));
    let found = u32(i8x16.bitmask(special));
    let next = p + 16;
    if (next > to) found &= (1 << u32(to - p)) - 1;
    while (found !== 0) {
      const place = ctz<u32>(found);
      if (load<u8>(p + place) === QUOTE) return p + place;
      if (p + place + 1 === to) endsEscaped = true;
      if (place === 15) next++;
      found &= ~(3 << place);
    }
    p = next;
  }
  return to;
}

/** Hashes a block. @param length at most `BLOCK_BYTES` */
export function hashBlock(from: usize, length: u32): void {
  const padding: usize = fixed(PADDING);
  let keys: usize = fixed(NH_KEYS);
  let key0 = v128.load(keys);
  let key1 = v128.load(keys, 16);
  let key2 = v128.load(keys, 32);
  let sum0 = i64x2.splat(0);
  let sum1 = i64x2.splat(0);
  let sum2 = i64x2.splat(0);
  let sum3 = i64x2.splat(0);
  let p = from;
  for (let left = length; left !== 0;) {
    if (left < CHUNK_BYTES) {
      memory.fill(padding, 0, CHUNK_BYTES);
      memory.copy(padding, p, left);
      p = padding;
      left = CHUNK_BYTES;
    }
    const one = v128.load(p);
    const other = v128.load(p, 16);
    const key3 = v128.load(keys, 48);
    const key4 = v128.load(keys, 64);
    sum0 = added(sum0, i32x4.add(one, key0), i32x4.add(other, key1));
    sum1 = added(sum1, i32x4.add(one, key1), i32x4.add(other, key2));
    sum2 = added(sum2, i32x4.add(one, key2), i32x4.add(other, key3));
    sum3 = added(sum3, i32x4.add(one, key3), i32x4.add(other, key4));
    key0 = key2;
    key1 = key3;
    key2 = key4;
    keys += CHUNK_BYTES;
    p += CHUNK_BYTES;
    left -= CHUNK_BYTES;
  }
  storeSum(padding, sum0);
  storeSum(padding + 8, sum1);
  storeSum(padding + 16, sum2);
  storeSum(padding + 24, sum3);
  hashWords(padding, RESULT_BYTES);
}

function added(sum: v128, one: v128, other: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(one, other);
  return i64x2.add(sum, i64x2.add(low, i64x2.extmul_high_i32x4_u(one, other)));
}

function storeSum(to: usize, sum: v128): void {
  store<u64>(to, i64x2.extract_lane(sum, 0) + i64x2.extract_lane(sum, 1));
}

/** Writes the hash of a literal of `length` bytes into the context. */
export function endLiteral(length: u32): void {
  const padding: usize = fixed(PADDING);
  store<u32>(padding, length);
  endHash(padding, 4, CONTEXT + LITERAL_HASH);
}
