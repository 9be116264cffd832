// What a UTF-16 unit is to the scanner, as one table look-up: letters, digits and the characters
// that hold tokens together. Only ASCII units have a kind; all others stand between tokens.

export const LETTER = 1;
export const DIGIT = 2;
/** Stands in base64 or its URL form, apart from padding. */
export const BASE64 = 4;
/** Stands singly between digits of one number: space `-` `.` `/`. */
export const SEPARATOR = 8;
/** Stands in an identifier: letters, digits, `_` and `-`. */
export const NAME = 16;

/** Kinds (flags above) by UTF-16 unit; full-sized, so that no look-up needs a bounds check. */
export const UNIT_KINDS: Uint8Array = table();

/** Kinds of the unit at `index`; none outside the text. */
export function kindAt(text: string, index: number): number {
  return index >= 0 && index < text.length ? (UNIT_KINDS[text.charCodeAt(index)] ?? 0) : 0;
}

/** Where the maximal run of units of `kind` around or before `index` starts. */
export function runStart(text: string, index: number, kind: number, atLeast = 0): number {
  let start = index;
  while (start > atLeast && ((UNIT_KINDS[text.charCodeAt(start - 1)] ?? 0) & kind) !== 0) start--;
  return start;
}

/** Where the maximal run of units of `kind` from `index` on ends. */
export function runEnd(text: string, index: number, kind: number, atMost = text.length): number {
  let end = index;
  while (end < atMost && ((UNIT_KINDS[text.charCodeAt(end)] ?? 0) & kind) !== 0) end++;
  return end;
}

function table(): Uint8Array {
  const kinds = new Uint8Array(0x10000);
  for (const unit of unitsOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')) {
    kinds[unit] = LETTER | BASE64 | NAME;
  }
  for (const unit of unitsOf('0123456789')) kinds[unit] = DIGIT | BASE64 | NAME;
  for (const unit of unitsOf('-_')) kinds[unit] = BASE64 | NAME;
  for (const unit of unitsOf('+/')) kinds[unit] = BASE64;
  for (const unit of unitsOf(' -./')) kinds[unit] = (kinds[unit] ?? 0) | SEPARATOR;
  return kinds;
}

function unitsOf(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
