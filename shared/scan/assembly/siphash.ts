// SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012), over a text in parts.

import { CONTEXT, get, HASH, HASHED, KEY, PROGRAM, set } from './layout.ts';

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

function round(): void {
  v0 += v1;
  v2 += v3;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 = rotl<u64>(v0, 32);
  v2 += v1;
  v0 += v3;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 = rotl<u64>(v2, 32);
}

function save(): void {
  store<u64>(CONTEXT + HASH, v0);
  store<u64>(CONTEXT + HASH, v1, 8);
  store<u64>(CONTEXT + HASH, v2, 16);
  store<u64>(CONTEXT + HASH, v3, 24);
}

function restore(): void {
  v0 = load<u64>(CONTEXT + HASH);
  v1 = load<u64>(CONTEXT + HASH, 8);
  v2 = load<u64>(CONTEXT + HASH, 16);
  v3 = load<u64>(CONTEXT + HASH, 24);
}

export function beginHash(): void {
  const k0 = load<u64>(PROGRAM + KEY);
  const k1 = load<u64>(PROGRAM + KEY, 8);
  v0 = 0x736f6d6570736575 ^ k0;
  v1 = 0x646f72616e646f6d ^ k1 ^ 0xee;
  v2 = 0x6c7967656e657261 ^ k0;
  v3 = 0x7465646279746573 ^ k1;
  set(HASHED, 0);
  save();
}

/** Hashes whole words of eight bytes. @returns the number of bytes hashed */
export function hashWords(from: usize, length: u32): u32 {
  const words = length & ~7;
  let a = load<u64>(CONTEXT + HASH);
  let b = load<u64>(CONTEXT + HASH, 8);
  let c = load<u64>(CONTEXT + HASH, 16);
  let d = load<u64>(CONTEXT + HASH, 24);
  const end = from + words;
  for (let at = from; at < end; at += 8) {
    const word = load<u64>(at);
    d ^= word;
    // Two rounds.
    a += b;
    c += d;
    b = rotl<u64>(b, 13) ^ a;
    d = rotl<u64>(d, 16) ^ c;
    a = rotl<u64>(a, 32);
    c += b;
    a += d;
    b = rotl<u64>(b, 17) ^ c;
    d = rotl<u64>(d, 21) ^ a;
    c = rotl<u64>(c, 32);
    a += b;
    c += d;
    b = rotl<u64>(b, 13) ^ a;
    d = rotl<u64>(d, 16) ^ c;
    a = rotl<u64>(a, 32);
    c += b;
    a += d;
    b = rotl<u64>(b, 17) ^ c;
    d = rotl<u64>(d, 21) ^ a;
    c = rotl<u64>(c, 32);
    a ^= word;
  }
  store<u64>(CONTEXT + HASH, a);
  store<u64>(CONTEXT + HASH, b, 8);
  store<u64>(CONTEXT + HASH, c, 16);
  store<u64>(CONTEXT + HASH, d, 24);
  set(HASHED, get(HASHED) + words);
  return words;
}

/** Hashes the last bytes, fewer than eight, and writes the 16 bytes of the hash. */
export function endHash(from: usize, length: u32, to: usize): void {
  restore();
  let word = u64(get(HASHED) + length) << 56;
  for (let at: u32 = 0; at < length; at++) word |= u64(load<u8>(from + at)) << (at << 3);
  v3 ^= word;
  round();
  round();
  v0 ^= word;
  v2 ^= 0xee;
  for (let each = 0; each < 4; each++) round();
  store<u64>(to, v0 ^ v1 ^ v2 ^ v3);
  v1 ^= 0xdd;
  for (let each = 0; each < 4; each++) round();
  store<u64>(to, v0 ^ v1 ^ v2 ^ v3, 8);
}
