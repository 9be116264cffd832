// Values found once are looked for by themselves in all that follows in the request. An answer brings
// a password back without the name that gave it away, or a card behind a currency sign, and on the
// next turn no detector would find it there. What follows is meant as the upstream reads it (tools,
// system, messages), so that a new turn changes nothing in an earlier one.

import type { Range } from '../../shared/privacy/detect/detector.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';

/** Shorter values are words and numbers that stand everywhere. */
const UNITS_MIN = 6;

/** From this length a value is no part of another word by accident. */
const UNMISTAKABLE_UNITS = 12;

/** Up to so many values the engine's own search for each is faster than a look at every unit. */
const SEARCHED_MAX = 16;

/** Places in the tables of parts of values: tables of this size stay in the processor's cache. */
const PARTS = 2 ** 16;

/** Units of a part of a value. */
const PART_UNITS = 3;

/** How far a text can be passed over where it shows a part that no value has. */
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
   * By the last part of UNITS_MIN units of a text: how many of them can be passed over as no value begins
   * there, 0 where these may be how one begins (Wu and Manber 1994). Nearly all of a text is.
   */
  #skips: Uint8Array | undefined;
  readonly #seen = new Set<string>();
  #key = '';
  /** Values that `#key` does not tell of yet. */
  #untold: string[] = [];

  /** The same after the same values in the same order, and after no others. */
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

  /** Remembers a value, if it is long enough to be told from ordinary words. */
  add({ value, entity, label }: RecurringValue): void {
    if (value.length < UNITS_MIN || this.#seen.has(value)) return;
    this.#seen.add(value);
    this.#untold.push(value, entity);
    const start = partAt(value, 0);
    const known = this.#valuesByStart.get(start) ?? [];
    // Of two that begin alike the longer is tried first.
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
   * Where the values stand by themselves in `[from, to)` of a text, outside of `taken`, which is disjoint
   * and in order. All places are those of the text: a piece of it would be slower to read than the whole.
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

/** The place in the tables of the part that starts there; other parts may share it. */
function partAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  return ((first * 0x3d1) ^ (second * 0x2f) ^ third) & (PARTS - 1);
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

/** ASCII messages and digits; NaN, beyond the text, is neither. */
function isWordUnit(unit: number): boolean {
  const isDigit = unit >= 0x30 && unit <= 0x39;
  const small = unit | 0x20;
  return isDigit || (small >= 0x61 && small <= 0x7a && unit < 0x80);
}
