// Maps confusable characters to ASCII: invisible ones to nothing, full-width forms, digits of all
// scripts, dashes and spaces to their plain form. A literal table, because computing it at startup
// costs 8 MB of memory; a test compares it with the engine's Unicode data.

/** In `NORMALIZATIONS`: the character is dropped. */
export const DROPPED = 0xffff;

const ZERO = 0x30;
const SPACE = 0x20;
const DASH = 0x2d;
const FULL_STOP = 0x2e;
const AT_SIGN = 0x40;
/** Distance of full-width forms (Unicode block U+FF00) from ASCII. */
const FULL_WIDTH_OFFSET = 0xfee0;

/** Mathematical digits U+1D7CE to U+1D7FF, five sets of ten, as surrogate pairs. */
export const MATH_HIGH = 0xd835;
const MATH_LOW_FIRST = 0xdfce;
const MATH_LOW_LAST = 0xdfff;

/** The zeros of all scripts; decimal digits are contiguous (Unicode Standard, 4.6). */
const ZEROS: readonly number[] = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
  0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
  0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

type Range = readonly [first: number, last: number];

/** Ranges by the code they normalize to. */
const RANGES_BY_RESULT: readonly (readonly [to: number, ...from: Range[]])[] = [
  // Soft hyphen, zero-width characters, direction marks and invisible operators.
  [DROPPED, [0xad, 0xad], [0x200b, 0x200f], [0x202a, 0x202e], [0x2060, 0x206f]],
  [DROPPED, [0x180e, 0x180e], [0xfeff, 0xfeff]],
  [SPACE, [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x202f, 0x202f]],
  [SPACE, [0x205f, 0x205f], [0x3000, 0x3000]],
  [DASH, [0x2010, 0x2015], [0x2212, 0x2212], [0xfe58, 0xfe58], [0xfe63, 0xfe63]],
  [FULL_STOP, [0x2024, 0x2024], [0xfe52, 0xfe52]],
  [AT_SIGN, [0xfe6b, 0xfe6b]],
];

/** Normalized code by UTF-16 code unit: 0 if unchanged, DROPPED, or an ASCII code. */
export const NORMALIZATIONS: Uint16Array = new Uint16Array(0x10000);
for (const [code, normalization] of pairs()) NORMALIZATIONS[code] = normalization;

/** Returns the ASCII digit for a mathematical digit (a surrogate pair) at `index`. */
export function mathDigitAt(text: string, index: number): number | undefined {
  if (text.charCodeAt(index) !== MATH_HIGH) return undefined;
  const low = text.charCodeAt(index + 1);
  if (!(low >= MATH_LOW_FIRST && low <= MATH_LOW_LAST)) return undefined;
  return ZERO + ((low - MATH_LOW_FIRST) % 10);
}

function* pairs(): Generator<readonly [code: number, normalization: number]> {
  for (const [to, ...ranges] of RANGES_BY_RESULT) {
    for (const [first, last] of ranges)
      for (let code = first; code <= last; code++) yield [code, to];
  }
  for (let code = 0xff01; code <= 0xff5e; code++) yield [code, code - FULL_WIDTH_OFFSET];
  for (const zero of ZEROS)
    for (let digit = 0; digit < 10; digit++) yield [zero + digit, ZERO + digit];
}
