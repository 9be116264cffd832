// Character classes and boundaries of candidates. Detectors reject most candidates here, by
// character code and without a slice. Only ASCII letters bind: Chinese, Thai and others put numbers
// directly after words.

export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const SPACE = 32;
export const EXCLAMATION = 33;
export const DOUBLE_QUOTE = 34;
export const DOLLAR = 36;
export const PERCENT = 37;
export const AMPERSAND = 38;
export const SINGLE_QUOTE = 39;
export const OPEN = 40;
export const CLOSE = 41;
export const ASTERISK = 42;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const DOT = 46;
export const SLASH = 47;
export const COLON = 58;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
export const QUESTION = 63;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
export const UNDERSCORE = 95;
export const BACKTICK = 96;
export const OPEN_BRACE = 123;
export const PIPE = 124;
export const ASCII_MAX = 0x7f;

/** The code at `index`, or 0 outside the text: several times as fast there as `charCodeAt`, whose NaN is no integer. */
export function codeAt(text: string, index: number): number {
  return index >= 0 && index < text.length ? text.charCodeAt(index) : 0;
}

/** Blanks and line breaks of ASCII. */
export function isBlank(code: number): boolean {
  return code === SPACE || (code >= 9 && code <= 13);
}

// What is outside the text is in none of these classes.

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

/** ASCII letters, digits and the underscore. */
export function isWord(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === UNDERSCORE;
}

export function isHex(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/**
 * Whether a number or code may begin at `start`, which is not inside a word, a decimal, a signed
 * number or an amount of money. True for `No.123` and `ID-123`, false for `1.123`, ` -123` and
 * `$123`.
 */
export function beginsAlone(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  if (isWord(before)) return isEscape(text, start - 1);
  if (before === DOT || before === MINUS) return isLetter(codeAt(text, start - 2));
  return before !== PLUS && before !== 36 && before !== 0x20ac && before !== 0xa3;
}

/**
 * Whether a number or code may end at `end`, which is not inside a word, a decimal or a digit
 * chain.
 */
export function endsAlone(text: string, end: number): boolean {
  const after = codeAt(text, end);
  // The line of a form: `0171 4829301____`.
  if (after === UNDERSCORE && codeAt(text, end + 1) === UNDERSCORE) return true;
  if (isWord(after) || after === PERCENT) return false;
  if (after !== DOT && after !== MINUS) return true;
  return !isDigit(codeAt(text, end + 1));
}

export function standsAlone(text: string, start: number, end: number): boolean {
  return endsAlone(text, end) && beginsAlone(text, start);
}

/** Whether the letter at `index` ends an escape (`\n`, `\r`, `\t`) and so belongs to no word. */
export function isEscape(text: string, index: number): boolean {
  const code = codeAt(text, index);
  return (code === 110 || code === 114 || code === 116) && codeAt(text, index - 1) === BACKSLASH;
}
