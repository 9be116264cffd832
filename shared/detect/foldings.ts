// How disguised characters fold to the ASCII they stand for: invisible ones to nothing, full-width
// forms, digits of any script, exotic dashes and spaces to their plain likeness.

/** In `FOLDINGS`: the unit is dropped. */
export const DROPPED = 0xffff;

const ZERO = 0x30;
const SPACE = 0x20;
const DASH = 0x2d;
const FULL_STOP = 0x2e;
const AT_SIGN = 0x40;
/** Full-width forms stand at this distance from ASCII (Unicode block U+FF00). */
const FULL_WIDTH_OFFSET = 0xfee0;

/** Mathematical digits U+1D7CE to U+1D7FF, five sets of ten, as surrogate pairs. */
const MATH_HIGH = 0xd835;
const MATH_LOW_FIRST = 0xdfce;
const MATH_LOW_LAST = 0xdfff;

/** What a UTF-16 unit folds to: 0 itself, DROPPED nothing, else an ASCII unit. */
export const FOLDINGS: Uint16Array = table();

/** Whether a surrogate pair at `index` is a digit; it folds to `mathDigitAt`, else undefined. */
export function mathDigitAt(text: string, index: number): number | undefined {
  if (text.charCodeAt(index) !== MATH_HIGH) return undefined;
  const low = text.charCodeAt(index + 1);
  if (!(low >= MATH_LOW_FIRST && low <= MATH_LOW_LAST)) return undefined;
  return ZERO + ((low - MATH_LOW_FIRST) % 10);
}

/** Units that may fold, for the scanner to stop at. */
export function* foldedUnits(): Generator<number> {
  for (const [unit, folding] of FOLDINGS.entries()) if (folding !== 0) yield unit;
  yield MATH_HIGH;
}

function table(): Uint16Array {
  const foldings = new Uint16Array(0x10000);
  const fold = (to: number, ...ranges: readonly (readonly [first: number, last: number])[]) => {
    for (const [first, last] of ranges) foldings.fill(to, first, last + 1);
  };
  // Soft hyphen, zero-width characters, direction marks and invisible operators.
  fold(DROPPED, [0xad, 0xad], [0x200b, 0x200f], [0x202a, 0x202e], [0x2060, 0x206f]);
  fold(DROPPED, [0x180e, 0x180e], [0xfeff, 0xfeff]);
  fold(SPACE, [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x202f, 0x202f]);
  fold(SPACE, [0x205f, 0x205f], [0x3000, 0x3000]);
  fold(DASH, [0x2010, 0x2015], [0x2212, 0x2212], [0xfe58, 0xfe58], [0xfe63, 0xfe63]);
  fold(FULL_STOP, [0x2024, 0x2024], [0xfe52, 0xfe52]);
  fold(AT_SIGN, [0xfe6b, 0xfe6b]);
  for (let unit = 0xff01; unit <= 0xff5e; unit++) foldings[unit] = unit - FULL_WIDTH_OFFSET;
  // Decimal digits come in unbroken tens (Unicode Standard, 4.6), so a count tells the value.
  let counted = 0;
  for (let unit = 0x80; unit < 0x10000; unit++) {
    if (/\p{Nd}/u.test(String.fromCharCode(unit))) foldings[unit] = ZERO + (counted++ % 10);
  }
  return foldings;
}
