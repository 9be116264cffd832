// What stands beside a candidate decides whether it is a value of its own or a piece of a longer
// number or name. All by character code: a detector rejects most candidates here, without a slice.
// Only ASCII letters bind: Chinese, Thai and others put a number straight after a word.

export const SPACE = 32;
export const PERCENT = 37;
export const PLUS = 43;
export const MINUS = 45;
export const DOT = 46;
export const SLASH = 47;
export const COLON = 58;
export const BACKSLASH = 92;

// Beyond either end of a text the code is NaN, which is no digit, no letter and no sign.

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}

export function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

export function isLetter(code: number): boolean {
  return isUpper(code) || isLower(code);
}

/** What identifiers are made of: ASCII letters, digits and the underscore. */
export function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 95;
}

export function isHex(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/**
 * Whether a number or code may begin at `start`: not within a word, a decimal, a signed number or a
 * sum of money. `No.123` and `ID-123` begin one, `1.123`, ` -123` and `$123` do not.
 */
export function beginsAlone(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (isWord(before)) return isEscape(text, start - 1);
  if (before === DOT || before === MINUS) return isLetter(text.charCodeAt(start - 2));
  return before !== PLUS && before !== 36 && before !== 0x20ac && before !== 0xa3;
}

/** Whether a number or code may end at `end`: not within a word, a decimal or a chain of digits. */
export function endsAlone(text: string, end: number): boolean {
  const after = text.charCodeAt(end);
  if (isWord(after) || after === PERCENT) return false;
  if (after !== DOT && after !== MINUS) return true;
  return !isDigit(text.charCodeAt(end + 1));
}

/** Both of the above. */
export function standsAlone(text: string, start: number, end: number): boolean {
  return endsAlone(text, end) && beginsAlone(text, start);
}

/** Whether the letter at `index` ends `\n`, `\r` or `\t` in JSON or source, so belongs to no word. */
export function isEscape(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code === 110 || code === 114 || code === 116) && text.charCodeAt(index - 1) === BACKSLASH;
}
