// Searches the rest of a request for values found earlier. A response may repeat a password without the
// name that gave it away, and no detector would find it on the next turn. The order is the upstream's
// (tools, system, messages), so a new turn never changes an earlier one.

import type { Range } from '../../shared/privacy/detect/detector.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';

/** Shorter values are common words and numbers. */
const LENGTH_MIN = 6;

/** Longer values do not occur inside other words by accident. */
const DISTINCTIVE_LENGTH = 12;

/** Up to this many values, `includes` for each is faster than one scan. */
const SEARCHED_VALUES_MAX = 16;

/** Size of the block tables; small enough for the processor's cache. */
const BLOCK_TABLE_SIZE = 2 ** 16;

/** Characters per block. */
const BLOCK_LENGTH = 3;

/** Largest skip, for a block that occurs in no value. */
const SKIP_MAX = LENGTH_MIN - BLOCK_LENGTH + 1;

export interface RecurringValue {
  readonly value: string;
  readonly entity: string;
  readonly label: string;
}

export interface Occurrence extends Range, RecurringValue {}

export class RecurringValues {
  readonly #valuesByStart = new Map<number, RecurringValue[]>();
  /**
   * Wu-Manber shift table (1994), by the last block of a window of `LENGTH_MIN` characters: how far to skip
   * because no value starts there; 0 where one may start.
   */
  #skips: Uint8Array | undefined;
  readonly #seen = new Set<string>();
  #key = '';
  /** Values not yet included in `#key`. */
  #unhashed: string[] = [];

  /** Equal for equal values added in the same order. */
  get key(): string {
    if (this.#unhashed.length > 0) {
      this.#key = LruCache.keyOf(JSON.stringify([this.#key, ...this.#unhashed]));
      this.#unhashed = [];
    }
    return this.#key;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** Adds a value if it is long enough to be distinctive. */
  add({ value, entity, label }: RecurringValue): void {
    if (value.length < LENGTH_MIN || this.#seen.has(value)) return;
    this.#seen.add(value);
    this.#unhashed.push(value, entity);
    const start = blockAt(value, 0);
    const known = this.#valuesByStart.get(start) ?? [];
    // Longer values with the same start are tried first.
    const longestFirst = [...known, { value, entity, label }].toSorted(
      (one, other) => other.value.length - one.value.length,
    );
    this.#valuesByStart.set(start, longestFirst);
    this.#skips ??= new Uint8Array(BLOCK_TABLE_SIZE).fill(SKIP_MAX);
    for (let at = 0; at < SKIP_MAX; at += 1) {
      const block = blockAt(value, at);
      this.#skips[block] = Math.min(this.#skips[block] ?? 0, SKIP_MAX - 1 - at);
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
    if (this.#seen.size <= SEARCHED_VALUES_MAX) {
      const chunk = text.slice(from, to);
      if (!this.#seen.values().some((value) => chunk.includes(value))) return [];
    }
    const found: Occurrence[] = [];
    const lookAhead = LENGTH_MIN - BLOCK_LENGTH;
    let next = 0;
    let at = from;
    while (at + LENGTH_MIN <= to) {
      const skip = skips[blockAt(text, at + lookAhead)] ?? 0;
      if (skip > 0) {
        at += skip;
        continue;
      }
      const known = this.#valuesByStart.get(blockAt(text, at)) ?? [];
      while ((taken[next]?.end ?? Infinity) <= at) next += 1;
      const free = taken[next]?.start ?? Infinity;
      const start = at;
      const match = known.find(
        ({ value }) => start + value.length <= Math.min(free, to) && occursAt(text, start, value),
      );
      if (match) found.push({ ...match, start, end: start + match.value.length });
      at += match?.value.length ?? 1;
    }
    return found;
  }
}

/** Hash of the block at `at`; blocks may collide. */
function blockAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  return ((first * 0x3d1) ^ (second * 0x2f) ^ third) & (BLOCK_TABLE_SIZE - 1);
}

/** Whether the value occurs at `at` and is not part of a longer word. */
function occursAt(text: string, at: number, value: string): boolean {
  if (!text.startsWith(value, at)) return false;
  if (value.length >= DISTINCTIVE_LENGTH) return true;
  return !isOneWord(text, at - 1, at) && !isOneWord(text, at + value.length - 1, at + value.length);
}

/** Whether two adjacent characters belong to one word. */
function isOneWord(text: string, left: number, right: number): boolean {
  return isWordChar(text.charCodeAt(left)) && isWordChar(text.charCodeAt(right));
}

/** ASCII letters and digits; false for NaN, which is past the end. */
function isWordChar(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const lower = code | 0x20;
  return isDigit || (lower >= 0x61 && lower <= 0x7a && code < 0x80);
}
