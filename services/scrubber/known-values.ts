// Values found once are looked for by themselves in all that follows in the request. An answer brings
// a password back without the name that gave it away, or a card behind a currency sign, and on the
// next turn no detector would find it there. What follows is meant as the upstream reads it (tools,
// system, messages), so that a new turn changes nothing in an earlier one.

import type { Range } from '../../shared/detect/detector.ts';
import { Memo } from '../../shared/memo.ts';

/** Shorter values are words and numbers that stand everywhere. */
const UNITS_MIN = 6;

/** From this length a value is no part of another word by accident. */
const UNMISTAKABLE_UNITS = 12;

/** Up to so many values the engine's own search for each is faster than a look at every unit. */
const SEARCHED_MAX = 16;

/** Places in the table of how values start: a table of this size stays in the processor's cache. */
const STARTS = 2 ** 16;

export interface KnownValue {
  readonly value: string;
  readonly entity: string;
  readonly label: string;
}

export interface Occurrence extends Range, KnownValue {}

export class KnownValues {
  readonly #valuesByStart = new Map<number, KnownValue[]>();
  /** 1 where a value starts so. Nearly every unit of a text is passed over with a look at it. */
  readonly #starts = new Uint8Array(STARTS);
  readonly #seen = new Set<string>();
  #key = '';
  /** Values that `#key` does not tell of yet. */
  #untold: string[] = [];

  /** The same after the same values in the same order, and after no others. */
  get key(): string {
    if (this.#untold.length > 0) {
      this.#key = Memo.keyOf(JSON.stringify([this.#key, ...this.#untold]));
      this.#untold = [];
    }
    return this.#key;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Remembers a value, if it is long enough to be told from ordinary words. */
  add({ value, entity, label }: KnownValue): void {
    if (value.length < UNITS_MIN || this.#seen.has(value)) return;
    this.#seen.add(value);
    this.#untold.push(value, entity);
    const start = placeOf(value.charCodeAt(0), value.charCodeAt(1), value.charCodeAt(2));
    const known = this.#valuesByStart.get(start) ?? [];
    // Of two that begin alike the longer is tried first.
    const longestFirst = [...known, { value, entity, label }].toSorted(
      (one, other) => other.value.length - one.value.length,
    );
    this.#valuesByStart.set(start, longestFirst);
    this.#starts[start] = 1;
  }

  /**
   * Where the values stand by themselves in `[from, to)` of a text, outside of `taken`, which is disjoint
   * and in order. All places are those of the text: a piece of it would be slower to read than the whole.
   */
  occurrencesIn(
    text: string,
    taken: readonly Range[],
    { start: from, end: to }: Range = { start: 0, end: text.length },
  ): Occurrence[] {
    const isFew = this.#seen.size <= SEARCHED_MAX;
    if (isFew) {
      const piece = text.slice(from, to);
      if (!this.#seen.values().some((value) => piece.includes(value))) return [];
    }
    const found: Occurrence[] = [];
    const starts = this.#starts;
    let next = 0;
    let first = 0;
    let second = text.charCodeAt(from);
    let third = text.charCodeAt(from + 1);
    for (let at = from; at + UNITS_MIN <= to; at += 1) {
      first = second;
      second = third;
      third = text.charCodeAt(at + 2);
      const start = placeOf(first, second, third);
      if (starts[start] === 0) continue;
      const known = this.#valuesByStart.get(start) ?? [];
      while ((taken[next]?.end ?? Infinity) <= at) next += 1;
      const free = taken[next]?.start ?? Infinity;
      const here = known.find(
        ({ value }) => at + value.length <= Math.min(free, to) && standsAt(text, at, value),
      );
      if (!here) continue;
      found.push({ ...here, start: at, end: at + here.value.length });
      at += here.value.length - 1;
      second = text.charCodeAt(at + 1);
      third = text.charCodeAt(at + 2);
    }
    return found;
  }
}

/** A place in the table for three units; those of other values may share it. */
function placeOf(first: number, second: number, third: number): number {
  return ((first * 0x3d1) ^ (second * 0x2f) ^ third) & (STARTS - 1);
}

/** Whether the value stands there, and is no part of a longer word by accident. */
function standsAt(text: string, at: number, value: string): boolean {
  if (!text.startsWith(value, at)) return false;
  if (value.length >= UNMISTAKABLE_UNITS) return true;
  return !isWord(text, at - 1, at) && !isWord(text, at + value.length - 1, at + value.length);
}

/** Whether the units at two neighbouring places belong to one word. */
function isWord(text: string, left: number, right: number): boolean {
  return isWordUnit(text.charCodeAt(left)) && isWordUnit(text.charCodeAt(right));
}

/** ASCII letters and digits; NaN, beyond the text, is neither. */
function isWordUnit(unit: number): boolean {
  const isDigit = unit >= 0x30 && unit <= 0x39;
  const small = unit | 0x20;
  return isDigit || (small >= 0x61 && small <= 0x7a && unit < 0x80);
}
