// Character classes of the scanner in one table look-up. Only ASCII characters have a kind; all
// others separate tokens.

export const LETTER = 1;
export const DIGIT = 2;
/** In base64 or base64url, apart from padding. */
export const BASE64 = 4;
/** May separate digits of one number: space `-` `.` `/`. */
export const SEPARATOR = 8;
/** In identifiers: letters, digits, `_` and `-`. */
export const NAME = 16;

/** Kinds (flags above) by UTF-16 code unit; full-sized to avoid bounds checks. */
export const CHAR_KINDS: Uint8Array = table();

/** Returns the kinds at `index`; 0 outside the text. */
export function kindAt(text: string, index: number): number {
  return index >= 0 && index < text.length ? (CHAR_KINDS[text.charCodeAt(index)] ?? 0) : 0;
}

/** Returns the start of the maximal run of `kind` around or before `index`. */
export function runStart(text: string, index: number, kind: number, atLeast = 0): number {
  let start = index;
  while (start > atLeast && ((CHAR_KINDS[text.charCodeAt(start - 1)] ?? 0) & kind) !== 0) start--;
  return start;
}

/** Returns the end of the maximal run of `kind` from `index` on. */
export function runEnd(text: string, index: number, kind: number, atMost = text.length): number {
  let end = index;
  while (end < atMost && ((CHAR_KINDS[text.charCodeAt(end)] ?? 0) & kind) !== 0) end++;
  return end;
}

function table(): Uint8Array {
  const kinds = new Uint8Array(0x10000);
  for (const code of codesOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')) {
    kinds[code] = LETTER | BASE64 | NAME;
  }
  for (const code of codesOf('0123456789')) kinds[code] = DIGIT | BASE64 | NAME;
  for (const code of codesOf('-_')) kinds[code] = BASE64 | NAME;
  for (const code of codesOf('+/')) kinds[code] = BASE64;
  for (const code of codesOf(' -./')) kinds[code] = (kinds[code] ?? 0) | SEPARATOR;
  return kinds;
}

function codesOf(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
