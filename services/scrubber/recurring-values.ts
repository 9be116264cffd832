// Searches a request for values found in its earlier texts: a response may repeat a password without the
// name that identified it. Texts have the upstream's order, so a new turn never changes an earlier one.

import type { Range } from '../../shared/privacy/detect/detector.ts';
import { nameVariants } from '../../shared/privacy/detect/personal/name-variants.ts';
import { LargeMap } from '../../shared/runtime/large-map.ts';
import { ShortNames } from './short-names.ts';
import { ValueIndex } from './value-index.ts';
import { EMPTY_ROW, type RecurringValue, type ValueRows } from './value-rows.ts';

/** The entity whose values have several spellings. */
const NAME = 'PERSON';
const NAME_LENGTH_MAX = 80;

/** Shorter values are common words and numbers. */
const LENGTH_MIN = 6;

/** Size of the table of blocks; small enough for the processor's cache. */
const BLOCK_TABLE_SIZE = 2 ** 16;

/** Characters per block. */
const BLOCK_LENGTH = 3;

/** Largest window: longer skips gain little, and each value fills more of the table. */
const WINDOW_MAX = 16;

/** Steps between two yields: at most a few milliseconds. */
const SLICE_STEPS = 8_192;

/** Values looked up between two yields: less than a millisecond. */
const SLICE_VALUES = 1_024;

export interface Occurrence extends Range, RecurringValue {}

export class RecurringValues {
  readonly #all: RecurringValue[] = [];
  readonly #seen = new LargeMap<true>();
  /** Full names shorter than LENGTH_MIN, such as `王伟`. */
  readonly #shortNames = new ShortNames();
  /** Built by the first search, for the values added so far. */
  #index: ValueIndex | undefined;
  #indexed = 0;
  /** Length of the shortest value that is found by the tables, or WINDOW_MAX. */
  #window = WINDOW_MAX;
  #tables = NO_TABLES;
  /** The row of the first `#inRow` values. */
  #row = EMPTY_ROW;
  #inRow = 0;

  get size(): number {
    return this.#all.length;
  }

  /** Index look-ups of all searches, for tests. */
  get lookUps(): number {
    return this.#index?.lookUps ?? 0;
  }

  /** Adds a value if it is long enough to be distinctive, and the other spellings of a full name. */
  add(value: RecurringValue): void {
    this.#add(value);
    if (value.entity !== NAME || value.isCommon || value.value.length > NAME_LENGTH_MAX) return;
    for (const variant of nameVariants(value.value)) this.#add({ ...value, value: variant });
  }

  #add({ value, entity, label, isCommon }: RecurringValue): void {
    if (this.#seen.has(value)) return;
    if (value.length < LENGTH_MIN) {
      if (entity !== NAME || isCommon) return;
      this.#seen.set(value, true);
      this.#shortNames.add(value, this.#all.length);
      this.#all.push({ value, entity, label });
      return;
    }
    this.#seen.set(value, true);
    this.#all.push({ value, entity, label, ...(isCommon ? { isCommon } : {}) });
    this.#window = Math.min(this.#window, value.length);
  }

  /** The row of the first `known` values. Ask for growing numbers only, and in the same rows. */
  *rowOf(known: number, rows: ValueRows): Generator<void, number> {
    for (; this.#inRow < known; this.#inRow += 1) {
      const value = this.#all[this.#inRow];
      if (value) this.#row = rows.after(this.#row, value);
      if (this.#inRow % SLICE_VALUES === SLICE_VALUES - 1) yield;
    }
    return this.#row;
  }

  /**
   * Occurrences of the first `known` values outside `taken`, which is sorted and disjoint.
   * @param isByModel the model may have repeated common words, and have joined short values to words
   */
  *occurrencesIn(
    text: string,
    taken: readonly Range[],
    known = this.size,
    isByModel = false,
  ): Generator<void, Occurrence[]> {
    const found: Occurrence[] = [];
    if (known === 0) return found;
    const index = yield* this.#builtIndex();
    index.begin(text);
    const { skips, window } = this.#tables;
    const lastBlock = window - BLOCK_LENGTH;
    let steps = 0;
    let from = 0;
    for (let next = 0; next <= taken.length; next += 1) {
      const to = taken[next]?.start ?? text.length;
      let at = from;
      while (at + window <= to) {
        if ((steps += 1) % SLICE_STEPS === 0) yield;
        const skip = (skips[blockAt(text, at + lastBlock)] ?? 0) & SKIP_BITS;
        if (skip > 0) {
          at += skip;
          continue;
        }
        if (((skips[blockAt(text, at)] ?? 0) & STARTS_VALUE) === 0) {
          at += 1;
          continue;
        }
        const match = this.#matchAt(index, text, { start: at, end: to }, known, isByModel);
        if (match) found.push({ ...match, start: at, end: at + match.value.length });
        at += match?.value.length ?? 1;
      }
      if ((steps += 1) % SLICE_STEPS === 0) yield;
      from = taken[next]?.end ?? to;
    }
    if (this.#shortNames.size === 0) return found;
    for (const { start, end, index: at } of yield* this.#shortNames.find(
      text,
      [...taken, ...found],
      known,
    )) {
      const short = this.#all[at];
      if (short) found.push({ ...short, start, end });
    }
    return found.toSorted((a, b) => a.start - b.start);
  }

  /** The longest value at the start of a range. */
  #matchAt(
    index: ValueIndex,
    text: string,
    { start, end }: Range,
    known: number,
    isByModel: boolean,
  ): RecurringValue | undefined {
    const distinctive = this.#all[index.distinctiveAt(start, end, known)];
    if (distinctive && (!distinctive.isCommon || (isByModel && isWord(text, start, distinctive)))) {
      return distinctive;
    }
    if (!index.hasShort) return undefined;
    if (!isByModel && isOneWord(text, start - 1, start)) return undefined;
    for (const at of index.shortAt(start, end, known)) {
      const short = this.#all[at];
      if (!short || (short.isCommon && !isByModel)) continue;
      if ((isByModel && !short.isCommon) || isWord(text, start, short)) return short;
    }
    return undefined;
  }

  *#builtIndex(): Generator<void, ValueIndex> {
    if (this.#index && this.#indexed === this.size) return this.#index;
    this.#indexed = this.size;
    const values = this.#all.map(({ value }) => value);
    this.#tables = yield* tablesOf(values, this.#shortNames.size > 0, this.#window);
    return (this.#index = yield* ValueIndex.build(values));
  }
}

/** Wu-Manber tables (1994) by blocks of a window that is no longer than any value. */
interface Tables {
  readonly window: number;
  /**
   * By the last block of a window, how far to skip because no value starts there; 0 where one may start. By the
   * first block, whether a value starts with it.
   */
  readonly skips: Uint8Array;
}

const SKIP_BITS = 0x7f;
const STARTS_VALUE = 0x80;
const NO_TABLES: Tables = { window: WINDOW_MAX, skips: new Uint8Array() };

/** @param hasShort where a short name may stand is looked at, too, and everywhere if there is no other value */
function* tablesOf(
  values: readonly string[],
  hasShort: boolean,
  lengthMin: number,
): Generator<void, Tables> {
  const window = hasShort ? LENGTH_MIN : lengthMin;
  const lastBlock = window - BLOCK_LENGTH;
  const skip = values.some(({ length }) => length >= LENGTH_MIN) ? lastBlock + 1 : 0;
  const skips = new Uint8Array(BLOCK_TABLE_SIZE).fill(hasShort ? STARTS_VALUE | skip : skip);
  for (const [index, value] of values.entries()) {
    if (index % SLICE_VALUES === 0) yield;
    if (value.length < LENGTH_MIN) continue;
    for (let at = 0; at <= lastBlock; at += 1) {
      const block = blockAt(value, at);
      const before = skips[block] ?? 0;
      skips[block] = (before & STARTS_VALUE) | Math.min(before & SKIP_BITS, lastBlock - at);
    }
    const first = blockAt(value, 0);
    skips[first] = (skips[first] ?? 0) | STARTS_VALUE;
  }
  return { window, skips };
}

/** Hash of the block at `at`; blocks may collide. */
function blockAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  const third = text.charCodeAt(at + 2);
  return ((first * 0x3d1) ^ (second * 0x2f) ^ third) & (BLOCK_TABLE_SIZE - 1);
}

/** Whether a value at `start` is no part of a longer word. */
function isWord(text: string, start: number, { value }: RecurringValue): boolean {
  const end = start + value.length;
  return !isOneWord(text, start - 1, start) && !isOneWord(text, end - 1, end);
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
