// Normalized copies of text around confusable characters and escapes (`%40`, `\u0040`), with a map
// back to the original. Only segments where normalization can matter are copied, so ordinary text
// costs nothing.

import { CONTEXT_BEFORE } from './context.ts';
import type { Range } from './detector.ts';
import { DROPPED, NORMALIZATIONS, mathDigitAt } from './normalizations.ts';

/** Text copied on each side of a confusable; detectors look no further. */
const PADDING = 512;
/** Maximum length of a segment; the next one overlaps it by the padding. */
const SEGMENT_LENGTH_MAX = 16_384;

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;

/** Collects the segments of a text that need a normalized view. */
export class Confusables {
  readonly #text: string;
  readonly #segments: { start: number; end: number }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** In text order, disjoint apart from the padding. */
  get segments(): readonly Range[] {
    return this.#segments;
  }

  /** Adds a character that is confusable, or begins an escape; call it in text order. */
  add(index: number): void {
    const end = Math.min(this.#text.length, index + PADDING);
    const start = Math.max(0, index - PADDING);
    const last = this.#segments.at(-1);
    if (last && start <= last.end && index - last.start < SEGMENT_LENGTH_MAX) last.end = end;
    else this.#segments.push({ start, end });
  }
}

/** Normalized codes of a segment; a view is complete before the next one begins. */
const CODES = new Uint16Array(SEGMENT_LENGTH_MAX + 2 * PADDING);
const CODE_BYTES = Buffer.from(CODES.buffer);
/** In what `normalizedAt` returns: the width in the text is above the code. */
const WIDTH_SHIFT = 16;
const CODE_MASK = 0xffff;

/** A normalized copy of `[start, end)`. */
export class NormalizedView {
  readonly text: string;
  readonly #original: string;
  readonly #segment: Range;
  /** Original start by index in the copy, once a finding asks for it. */
  #starts: Int32Array | undefined;

  constructor(text: string, segment: Range) {
    this.#original = text;
    this.#segment = segment;
    const { start, end } = segment;
    let count = 0;
    for (let at = start; at < end;) {
      const normalized = normalizedAt(text, at);
      const code = normalized & CODE_MASK;
      if (code !== DROPPED) CODES[count++] = code;
      at += normalized >>> WIDTH_SHIFT;
    }
    this.text = CODE_BYTES.toString('utf16le', 0, count * 2);
  }

  /**
   * Maps a range of the copy to the text, including invisible characters inside it. Returns
   * undefined near a cut, where the copy may show part of something longer.
   */
  original({ start, end }: Range): Range | undefined {
    const text = this.#original;
    const { start: first, end: last } = this.#segment;
    const starts = (this.#starts ??= this.#findStarts());
    const from = starts[start] ?? 0;
    const lastFrom = starts[end - 1] ?? 0;
    const to = lastFrom + (normalizedAt(text, lastFrom) >>> WIDTH_SHIFT);
    const cutBefore = first > 0 && from - first < CONTEXT_BEFORE;
    const cutAfter = last < text.length && last - to < CONTEXT_BEFORE;
    return cutBefore || cutAfter ? undefined : { start: from, end: to };
  }

  #findStarts(): Int32Array {
    const starts = new Int32Array(this.text.length);
    const { start, end } = this.#segment;
    let count = 0;
    for (let at = start; at < end;) {
      const normalized = normalizedAt(this.#original, at);
      if ((normalized & CODE_MASK) !== DROPPED) starts[count++] = at;
      at += normalized >>> WIDTH_SHIFT;
    }
    return starts;
  }
}

/** Returns the normalized code at an offset, or DROPPED, and its width in the text in the bits above. */
function normalizedAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === PERCENT || code === BACKSLASH) {
    const escaped = escapeAt(text, at);
    if (escaped !== undefined) return escaped | ((code === PERCENT ? 3 : 6) << WIDTH_SHIFT);
  }
  if (code < 0x80) return code | (1 << WIDTH_SHIFT);
  const digit = mathDigitAt(text, at);
  if (digit !== undefined) return digit | (2 << WIDTH_SHIFT);
  return (NORMALIZATIONS[code] || code) | (1 << WIDTH_SHIFT);
}

/** Returns the printable ASCII code that `%XX` or `\u00XX` at `at` encodes. */
function escapeAt(text: string, at: number): number | undefined {
  let digits = at + 1;
  if (text.charCodeAt(at) === BACKSLASH) {
    if (!text.startsWith('u00', digits)) return undefined;
    digits += 3;
  }
  const code = (hexAt(text, digits) << 4) | hexAt(text, digits + 1);
  return code >= PRINTABLE_FIRST && code <= PRINTABLE_LAST ? code : undefined;
}

/** Returns the value of a hexadecimal digit, or -1, which makes any combined number negative. */
function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
