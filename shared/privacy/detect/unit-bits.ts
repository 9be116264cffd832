// What the scan kernel knows about each UTF-16 unit, from the tables of the scanner.

import { CONFUSABLE, DROPPED, NUMBER, SURE, TOKEN, WORD } from '../../scan/program.ts';
import { CHAR_KINDS, DIGIT, LETTER } from './char-kinds.ts';
import { MATH_HIGH, NORMALIZATIONS, DROPPED as TO_NOTHING } from './normalizations.ts';
import { isWordUnit } from './word-list.ts';

const AT_SIGN = 0x40;

let table: Uint8Array | undefined;

/** Bits by unit. */
export function unitBits(): Uint8Array {
  return (table ??= Uint8Array.from({ length: 0x10000 }, (_, unit) => bitsOf(unit)));
}

function bitsOf(unit: number): number {
  const to = NORMALIZATIONS[unit] ?? 0;
  const isAscii = unit < 0x80;
  const isLetterOrDigit = to !== TO_NOTHING && ((CHAR_KINDS[to] ?? 0) & (LETTER | DIGIT)) !== 0;
  const isToken = isAscii ? unit > 0x20 && unit < 0x7f : to !== 0 || isSurrogate(unit);
  const isNumber = isAscii ? ((CHAR_KINDS[unit] ?? 0) & DIGIT) !== 0 : to !== 0;
  return (
    (to !== 0 || unit === MATH_HIGH ? CONFUSABLE : 0) |
    (to !== 0 && (to === AT_SIGN || isLetterOrDigit) ? SURE : 0) |
    (to === TO_NOTHING ? DROPPED : 0) |
    (isToken ? TOKEN : 0) |
    (isNumber ? NUMBER : 0) |
    (isWordUnit(unit) ? WORD : 0)
  );
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}
