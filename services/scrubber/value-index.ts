// Looks up the longest known value at an offset of a text in logarithmic time: binary search over hashed
// prefix lengths (Waldvogel, Varghese, Turner and Plattner, 1997).

import { RollingHash } from './rolling-hash.ts';

/** Longer values do not occur inside other words by accident. */
export const DISTINCTIVE_LENGTH = 12;

/** Values added between two yields: about a millisecond. */
const SLICE_VALUES = 512;

const NONE = -1;

export class ValueIndex {
  readonly #values: readonly string[];
  readonly #hashes: RollingHash;
  /** Open addressing: hashes of values and of their marked prefixes, or 0. */
  readonly #keys: Float64Array;
  /** By slot, the longest distinctive value that the prefix begins with, or the short value itself. */
  readonly #valueBySlot: Int32Array;
  readonly #shift: number;
  /** By value, the next shorter distinctive value that it begins with. */
  readonly #shorter: Int32Array;
  /** The largest power of two in a value's length beyond DISTINCTIVE_LENGTH. */
  readonly #topBit: number;
  /** Lengths below DISTINCTIVE_LENGTH that occur, in descending order. */
  readonly #shortLengths: readonly number[];
  /** Look-ups so far, for tests: they bound the time. */
  lookUps = 0;

  private constructor(values: readonly string[], byLength: readonly (readonly number[])[]) {
    const lengthMax = byLength.length - 1;
    this.#values = values;
    this.#hashes = new RollingHash(lengthMax);
    let keys = 0;
    for (const [length, same] of byLength.entries()) keys += same.length * keysOf(length);
    const bits = Math.ceil(Math.log2(2 * keys + 2));
    this.#keys = new Float64Array(2 ** bits);
    this.#valueBySlot = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    this.#shorter = new Int32Array(values.length);
    this.#topBit = 2 ** Math.floor(Math.log2(Math.max(1, lengthMax - DISTINCTIVE_LENGTH)));
    const short = Array.from({ length: DISTINCTIVE_LENGTH }, (_, length) => length);
    this.#shortLengths = short.filter((length) => byLength[length]?.length).toReversed();
  }

  /** @param values distinct, not empty */
  static *build(values: readonly string[]): Generator<void, ValueIndex> {
    const byLength: number[][] = [];
    for (const [index, { length }] of values.entries()) {
      while (byLength.length <= length) byLength.push([]);
      byLength[length]?.push(index);
      if (index % SLICE_VALUES === 0) yield;
    }
    const built = new ValueIndex(values, byLength);
    let added = 0;
    // Shorter values first: a prefix is marked with the longest value that it begins with.
    for (const same of byLength) {
      for (const index of same) {
        built.#add(index);
        if ((added += 1) % SLICE_VALUES === 0) yield;
      }
    }
    return built;
  }

  /** Call before the look-ups in a text, whose offsets must not decrease. */
  begin(text: string): void {
    this.#hashes.begin(text);
  }

  /** The longest of the first `known` values of DISTINCTIVE_LENGTH or more at `at`, or -1. */
  distinctiveAt(at: number, limit: number, known: number): number {
    let value = this.#longest(at, limit);
    while (value >= known) value = this.#shorter[value] ?? NONE;
    return value;
  }

  /** Those of the first `known` values below DISTINCTIVE_LENGTH that are at `at`, longest first. */
  *shortAt(at: number, limit: number, known: number): Generator<number> {
    for (const length of this.#shortLengths) {
      if (at + length > limit) continue;
      const value = this.#valueAt(this.#slotOf(this.#hashes.of(at, length)));
      if (value !== NONE && value < known) yield value;
    }
  }

  get hasShort(): boolean {
    return this.#shortLengths.length > 0;
  }

  #longest(at: number, limit: number): number {
    let length = DISTINCTIVE_LENGTH;
    if (at + length > limit) return NONE;
    let slot = this.#slotOf(this.#hashes.of(at, length));
    if (this.#keys[slot] === 0) return NONE;
    for (let bit = this.#topBit; bit > 0; bit >>= 1) {
      if (at + length + bit > limit) continue;
      const longer = this.#slotOf(this.#hashes.of(at, length + bit));
      if (this.#keys[longer] === 0) continue;
      slot = longer;
      length += bit;
    }
    return this.#valueAt(slot);
  }

  #add(index: number): void {
    const value = this.#values[index] ?? '';
    this.#hashes.begin(value);
    if (value.length < DISTINCTIVE_LENGTH) {
      this.#put(this.#hashes.of(0, value.length), index);
      return;
    }
    this.#shorter[index] = this.#longest(0, value.length);
    let length = DISTINCTIVE_LENGTH;
    let bit = this.#topBit;
    while (length < value.length) {
      this.#mark(length);
      while (length + bit > value.length) bit >>= 1;
      length += bit;
    }
    this.#put(this.#hashes.of(0, length), index);
  }

  /** Marks a prefix of the value being added. */
  #mark(length: number): void {
    const key = this.#hashes.of(0, length);
    if (this.#keys[this.#slotOf(key)] === 0) this.#put(key, this.#longest(0, length));
  }

  #put(key: number, value: number): void {
    const slot = this.#slotOf(key);
    this.#keys[slot] = key;
    this.#valueBySlot[slot] = value + 1;
  }

  #valueAt(slot: number): number {
    return (this.#valueBySlot[slot] ?? 0) - 1;
  }

  /** The slot of a key, or the empty one where it belongs. */
  #slotOf(key: number): number {
    this.lookUps += 1;
    const mask = this.#keys.length - 1;
    let slot = Math.imul(key | 0, MULTIPLIER) >>> this.#shift;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }
}

/** 2^32 divided by the golden ratio: spreads keys over the table (Knuth, volume 3, section 6.4). */
const MULTIPLIER = 0x9e3779b1;

/** Keys of a value in the table: each bit of the length beyond the first prefix is one step. */
function keysOf(length: number): number {
  let steps = 1;
  for (let rest = length - DISTINCTIVE_LENGTH; rest > 0; rest &= rest - 1) steps += 1;
  return steps;
}
