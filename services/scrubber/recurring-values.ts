// Searches the rest of a request for values found earlier. A response may repeat a password without the
// name that gave it away, and no detector would find it on the next turn. The order is the upstream's
// (tools, system, messages), so a new turn never changes an earlier one.

import type { Range } from '../../shared/privacy/detect/detector.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';

/** Shorter values are common words and numbers. */
const UNITS_MIN = 6;

/** Longer values do not occur inside other words by accident. */
const UNMISTAKABLE_UNITS = 12;

/** Up to this many values, `includes` for each is faster than one scan. */
const SEARCHED_MAX = 16;

/** Size of the block tables; small enough for the processor's cache. */
const PARTS = 2 ** 16;

/** Characters per block. */
const PART_UNITS = 3;

/** Largest skip, for a block that occurs in no value. */
const SKIP_MAX = UNITS_MIN - PART_UNITS + 1;

export interface RecurringValue {
  readonly value: string;
  readonly entity: string;
  readonly label: string;
}

export interface Occurrence extends Range, RecurringValue {}

export class RecurringValues {
  readonly #valuesByStart = new Map<number, RecurringValue[]>();
  /**
   * Wu-Manber shift table (1994), by the last block of a window of `UNITS_MIN` characters: how far to skip
   * because no value starts there; 0 where one may start.
   */
  #skips: Uint8Array | undefined;
  readonly #seen = new Set<string>();
  #key = '';
  /** Values not yet included in `#key`. */
  #untold: string[] = [];

  /** Equal for equal values added in the same order. */
  get key(): string {
    if (this.#untold.length > 0) {
      this.#key = LruCache.keyOf(JSON.stringify([this.#key, ...this.#untold]));
      this.#untold = [];
    }
    return this.#key;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Adds a value if it is long enough to be distinctive. */
  add({ value, entity, label }: RecurringValue): void {
    if (value.length < UNITS_MIN || this.#seen.has(value)) return;
    this.#seen.add(value);
    this.#untold.push(value, entity);
    const start = partAt(value, 0);
    const known = this.#valuesByStart.get(start) ?? [];
    // Longer values with the same start are tried first.
    const longestFirst = [...known, { value, entity, label }].toSorted(
      (one, other) => other.value.length - one.value.length,
    );
    this.#valuesByStart.set(start, longestFirst);
    this.#skips ??= new Uint8Array(PARTS).fill(SKIP_MAX);
    for (let at = 0; at < SKIP_MAX; at += 1) {
      const part = partAt(value, at);
      this.#skips[part] = Math.min(this.#skips[part] ?? 0, SKIP_MAX - 1 - at);
    }
  }

  /**
   * Standalone occurrences of the values in `[from, to)`, outside `taken`, which is sorted and disjoint.
   * Offsets refer to the complete text: slicing it would be slower.
   */
  occurrencesIn(
    text: string,
    taken: readonly Range[],
    { start: from, end: to }: Range = { start: 0, end: text.length },
  ): Occurrence[] {
    const skips = this.#skips;
    if (!skips) return [];
    if (this.#seen.size <= SEARCHED_MAX) {
      const chunk = text.slice(from, to);
      if (!this.#seen.values().some((value) => chunk.includes(value))) return [];
    }
    const found: Occurrence[] = [];
    const lookAhead = UNITS_MIN - PART_UNITS;
    let next = 0;
    let at = from;
    while (at + UNITS_MIN <= to) {
      const skip = skips[partAt(text, at + lookAhead)] ?? 0;
      if (skip > 0) {
        at += skip;
        continue;
      }
      const known = this.#valuesByStart.get(partAt(text, at)) ?? [];
      while ((taken[next]?.end ?? Infinity) <= at) next += 1;
      const free = taken[next]?.start ?? Infinity;
      const start = at;
      const here = known.find(
        ({ value }) => start + value.length <= Math.min(free, to) && standsAt(text, start, value),
      );
      if (here) found.push({ ...here, start, end: start + here.value.length });
      at += here?.value.length ?? 1;
    }
    return found;
  }
}

/** Hash of the block at `at`; blocks may collide. */
function partAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  return ((first * 0x3d1) ^ (second * 0x2f) ^ third) & (PARTS - 1);
}

/** Whether the value occurs at `at` and is not part of a longer word. */
function standsAt(text: string, at: number, value: string): boolean {
  if (!text.startsWith(value, at)) return false;
  if (value.length >= UNMISTAKABLE_UNITS) return true;
  return !isWord(text, at - 1, at) && !isWord(text, at + value.length - 1, at + value.length);
}

/** Whether two adjacent characters belong to one word. */
function isWord(text: string, left: number, right: number): boolean {
  return isWordUnit(text.charCodeAt(left)) && isWordUnit(text.charCodeAt(right));
}

/** ASCII letters and digits; false for NaN, which is past the end. */
function isWordUnit(unit: number): boolean {
  const isDigit = unit >= 0x30 && unit <= 0x39;
  const small = unit | 0x20;
  return isDigit || (small >= 0x61 && small <= 0x7a && unit < 0x80);
}
