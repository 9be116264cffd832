// Reads what is disguised: a copy of a stretch of text in which characters are folded and escapes
// (`%40`, `\u0040`) decoded, and the way back from places in the copy to places in the text. Only
// stretches around a disguise that could matter are copied, so that ordinary texts cost nothing.

import { CONTEXT_BEFORE } from './context.ts';
import type { Range } from './detector.ts';
import { DROPPED, NORMALIZATIONS, mathDigitAt } from './foldings.ts';
import { DIGIT, kindAt, LETTER, UNIT_KINDS } from './unit-kinds.ts';

/** Text copied on each side of a disguise: how far a detector looks. */
const PADDING = 512;
/** Length of a stretch from which on it is closed; the next one overlaps it by the padding. */
const SEGMENT_MAX = 16_384;

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AT_SIGN = 0x40;
const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;

/** What the scanner is to stop at besides folded units, to ask for an escape. */
export const ESCAPE_MARKS = [PERCENT, BACKSLASH] as const;

/** Collects, in the order of the text, the stretches that are to be read folded. */
export class Confusables {
  readonly #text: string;
  readonly #segments: { start: number; end: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Disjoint but for the padding, in the order of the text. */
  get segments(): readonly Range[] {
    return this.#segments;
  }

  /** Looks at a unit that may be a disguise; units come in the order of the text. */
  meet(index: number): void {
    if (!matters(this.#text, index)) return;
    const end = Math.min(this.#text.length, index + PADDING);
    const start = Math.max(0, index - PADDING);
    const last = this.#segments.at(-1);
    if (last && start <= last.end && index - last.start < SEGMENT_MAX) last.end = end;
    else this.#segments.push({ start, end });
  }
}

/** A folded copy of `[start, end)`. */
export class NormalizedView {
  readonly text: string;
  readonly #segment: Range;
  readonly #length: number;
  /** By unit of the copy: where the original starts, and at `+ 1` of a unit where it ends. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(text: string, segment: Range) {
    const { start, end } = segment;
    this.#segment = segment;
    this.#length = text.length;
    this.#starts = new Int32Array(end - start);
    this.#ends = new Int32Array(end - start);
    const units = new Uint16Array(end - start);
    let count = 0;
    for (let at = start; at < end;) {
      const [unit, width] = unnormalized(text, at);
      if (unit !== DROPPED) {
        units[count] = unit;
        this.#starts[count] = at;
        this.#ends[count++] = at + width;
      }
      at += width;
    }
    this.text = Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
  }

  /**
   * The original range of a range of the copy, with what is invisible inside it. Undefined near a
   * cut, where the copy shows a part of something longer.
   */
  original({ start, end }: Range): Range | undefined {
    const from = this.#starts[start] ?? 0;
    const to = this.#ends[end - 1] ?? 0;
    const cutBefore = this.#segment.start > 0 && from - this.#segment.start < CONTEXT_BEFORE;
    const cutAfter = this.#segment.end < this.#length && this.#segment.end - to < CONTEXT_BEFORE;
    return cutBefore || cutAfter ? undefined : { start: from, end: to };
  }
}

/** What stands at a place once read: a unit or DROPPED, and how many units it takes. */
function unnormalized(text: string, at: number): readonly [unit: number, width: number] {
  const unit = text.charCodeAt(at);
  if (unit === PERCENT || unit === BACKSLASH) {
    const escaped = escapeAt(text, at);
    if (escaped !== undefined) return [escaped, unit === PERCENT ? 3 : 6];
  }
  const digit = mathDigitAt(text, at);
  if (digit !== undefined) return [digit, 2];
  return [NORMALIZATIONS[unit] || unit, 1];
}

/** The printable ASCII unit that `%XX` or `\u00XX` at `at` stands for. */
function escapeAt(text: string, at: number): number | undefined {
  let digits = at + 1;
  if (text.charCodeAt(at) === BACKSLASH) {
    if (!text.startsWith('u00', digits)) return undefined;
    digits += 3;
  }
  const unit = (hexAt(text, digits) << 4) | hexAt(text, digits + 1);
  return unit >= PRINTABLE_FIRST && unit <= PRINTABLE_LAST ? unit : undefined;
}

/** Value of a hexadecimal digit, or -1, which makes every number it is part of negative. */
function hexAt(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}

/**
 * Whether folding at `index` can change what is found. Full-width commas, dashes in prose and joined
 * emoji are everyday text.
 */
function matters(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0x80) return escapeAt(text, index) !== undefined;
  const normalization = NORMALIZATIONS[unit] ?? 0;
  if (normalization === 0) return mathDigitAt(text, index) !== undefined;
  if (normalization === AT_SIGN) return true;
  if (normalization !== DROPPED && ((UNIT_KINDS[normalization] ?? 0) & (LETTER | DIGIT)) !== 0)
    return true;
  if (!isTokenLike(text, index - 1) || !isTokenLike(text, index + 1)) return false;
  return (
    normalization === DROPPED || isNumberLike(text, index - 1) || isNumberLike(text, index + 1)
  );
}

/** Whether the unit is visible ASCII or folds. */
function isTokenLike(text: string, index: number): boolean {
  const unit = index >= 0 && index < text.length ? text.charCodeAt(index) : 0;
  if (unit < 0x80) return unit > PRINTABLE_FIRST && unit <= PRINTABLE_LAST;
  return NORMALIZATIONS[unit] !== 0 || (unit >= 0xd800 && unit < 0xe000);
}

function isNumberLike(text: string, index: number): boolean {
  if ((kindAt(text, index) & DIGIT) !== 0) return true;
  const unit = text.charCodeAt(index);
  return unit >= 0x80 && NORMALIZATIONS[unit] !== 0;
}
