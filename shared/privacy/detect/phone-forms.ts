// Telephone numbers as people write them beside a label, in any country's grouping, and extensions.

import {
  CLOSE,
  codeAt,
  endsAlone,
  isDigit,
  MINUS,
  OPEN,
  PLUS,
  SLASH,
  SPACE,
} from './characters.ts';

/** E.164, and the fewest digits of a local number with and without groups. */
const DIGITS_MAX = 15;
const GROUPED_MIN = 6;
const PLAIN_MIN = 7;
/** Digits of a number that a weak label introduces, such as `home`. */
const WEAK_MIN = 7;
const LENGTH_MAX = 40;
/** Digits of an area code with the trunk prefix. */
const AREA_MAX = 5;
const SIGNS_MAX = 3;

/** `x12`, `ext. 12`, `Durchwahl 12`, ` #12`. */
const EXTENSION =
  /(?:(?:(?:,? {1,2})?x|[ ,;]{0,2}(?:ext|extn|extension|durchwahl|dw|poste|ramal|anexo|interno|toestel|wew|доб|内線|분기))[ .:=]{0,2}| #)\d{1,6}(?![\p{L}\d])| ?\((?:ext\.?|extension|durchwahl|dw|poste|内線|내선)[ :]?\d{1,6}\)/iuy;

/** Characters before the words, and those that an extension or its words may begin with. */
const EXTENSION_CODES = new Uint8Array(0x10000);
const BEFORE_WORD = 1;
const FIRST = 2;
for (const sign of ' ,;') EXTENSION_CODES[sign.charCodeAt(0)] = BEFORE_WORD;
for (const char of '#(xXeEdDpPrRaAiItTwWдДᲁ内분') EXTENSION_CODES[char.charCodeAt(0)] = FIRST;

/** Decimals, versions, addresses, dates, times, and Unix seconds and milliseconds. */
const OTHER_NUMBER =
  /^(?:(?!0\d)\d+\.\d+|(?:[01]?\d?\d|2[0-5]\d)(?:\.(?:[01]?\d?\d|2[0-5]\d)){3}|(?:19|20)\d\d[-./ ]{1,3}(?:19|20)\d\d|(?:19|20)\d\d([-./ ])\d{1,2}\1\d{1,2}(?!\d).*|\d{1,2}([-./])\d{1,2}\2(?:19|20)\d\d(?!\d).*|20[0-4]\d[01]\d[0-3]\d{5,7}|1[5-9]\d{8}|1[5-9]\d{11})$/;

/** A constant of C, a standard with its year, and an amount: `00040000`, `854-1987`, `1000000`. */
const NO_PHONE = /^(?:000[0-7]{4,8}|10{5,}|\d{3,5}(?:\.\d)?-(?:19|20)\d\d)$/;

/** Returns the end of the extension after a number that ends at `end`, or `end`. */
export function extensionEnd(text: string, end: number): number {
  let at = end;
  while (at - end < SIGNS_MAX && EXTENSION_CODES[codeAt(text, at)] === BEFORE_WORD) at++;
  if (EXTENSION_CODES[codeAt(text, at)] !== FIRST) return end;
  EXTENSION.lastIndex = end;
  return EXTENSION.test(text) ? EXTENSION.lastIndex : end;
}

/** Whether a number may end at `end`, with or without an extension. */
export function endsNumber(text: string, end: number): boolean {
  return endsAlone(text, end) || extensionEnd(text, end) > end;
}

/** Returns the end of the longest telephone number that starts at `start`. */
export function labelledPhoneEnd(text: string, start: number, isWeak: boolean): number | undefined {
  let digits = '';
  let signs = 0;
  let groups = 1;
  let end: number | undefined;
  for (let at = start; at <= start + LENGTH_MAX && signs <= SIGNS_MAX; at++) {
    const code = codeAt(text, at);
    if (isDigit(code)) {
      if (signs > 0 && digits !== '') groups++;
      signs = 0;
      digits += text.charAt(at);
      if (digits.length > DIGITS_MAX) break;
      if (isDigit(codeAt(text, at + 1)) || !endsNumber(text, at + 1)) continue;
      if (isPhone(text.slice(start, at + 1), digits, groups, isWeak)) end = at + 1;
    } else if (isSign(code) || (code === PLUS && digits === '')) {
      // ` / ` and ` - ` only behind an area code: two numbers may stand in a row.
      if (++signs > 1 && isDashed(text, at) && digits.length <= AREA_MAX) signs = 1;
    } else break;
  }
  return end === undefined ? undefined : extensionEnd(text, end);
}

/** Whether the sign at `at` is a slash or a hyphen between blanks, or the blank behind one. */
function isDashed(text: string, at: number): boolean {
  return [at, at - 1].some(
    (each) =>
      (codeAt(text, each) === SLASH || codeAt(text, each) === MINUS) &&
      codeAt(text, each - 1) === SPACE,
  );
}

function isPhone(written: string, digits: string, groups: number, isWeak: boolean): boolean {
  if (OTHER_NUMBER.test(written) || NO_PHONE.test(written)) return false;
  const isMarked = /^[+(0]/.test(written);
  if (isWeak) return digits.length >= WEAK_MIN && (isMarked || groups > 1);
  return digits.length >= (groups > 1 ? GROUPED_MIN : PLAIN_MIN);
}

function isSign(code: number): boolean {
  return (
    code === SPACE ||
    code === 0xa0 ||
    (code >= MINUS && code <= SLASH) ||
    code === OPEN ||
    code === CLOSE
  );
}
