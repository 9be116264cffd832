// Telephone numbers: `+` and a calling code, an area code in brackets, or North American groups. National
// formats need context, because ids and amounts look the same. numbering-plans.ts validates the number.

import {
  endsAlone,
  isDigit,
  isWord,
  MINUS,
  PLUS,
  SLASH,
  SPACE,
  standsAlone,
} from '../characters.ts';
import type { Detector } from '../detector.ts';
import { isInternationalNumber, isNationalNumber } from '../numbering-plans.ts';
import { compact, matchesFormat, isWellKnownNumber, formatDetector } from '../formats.ts';

/** E.164; some write `(0)` after the calling code. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const LENGTH_MAX = 40;
/** Digits of a bracketed area code, and minimum digits of such a number. */
const AREA_LENGTHS = [2, 3, 4, 5];
const BRACKETED_DIGITS_MIN = 9;
const OPEN = 40;
const CLOSE = 41;

/** Calling codes tried for national numbers, with and without the trunk prefix 0. */
const CODES_WITH_ZERO = ['44', '33', '49', '31', '39', '91', '61'];
const CODES_WITHOUT = ['1', '55', '34', '39'];

/** Decimals, versions, addresses, dates, times, and Unix seconds and milliseconds. */
const OTHER_NUMBER =
  /^(?:\d+\.\d+|\d+(?:\.\d+){3}|(?:19|20)\d\d([-./ ])\d\d\1\d\d\b.*|20[0-4]\d[01]\d[0-3]\d{5,7}|1\d{9}|1\d{12})$/;

const shared = { entity: 'PHONE_NUMBER', label: 'PHONE' } as const;

export const phoneInternational: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '+' }],
  find(text, plus, from) {
    if (!beginsNumber(text, plus)) return undefined;
    for (const { end, digits } of endsOfNumber(text, from)) {
      const national = digits.startsWith('1') ? digits.slice(1) : '';
      if (isInThreeGroups(text, end, national) || isInternationalNumber(digits)) {
        return { start: isDiffMark(text, plus) ? from : plus, end };
      }
    }
    return undefined;
  },
};

export const phoneBracketed: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '(' }],
  find(text, open, from) {
    if (!beginsNumber(text, open)) return undefined;
    const area = AREA_LENGTHS.find((length) => text.charCodeAt(from + length) === CLOSE);
    if (area === undefined) return undefined;
    for (const { end, digits } of endsOfNumber(text, from)) {
      if (digits.length < BRACKETED_DIGITS_MIN) return undefined;
      if (isInThreeGroups(text, end, digits) || isInRegionOfArea(area, digits)) {
        return { start: open, end };
      }
    }
    return undefined;
  },
};

/** `415-555-2671`: three groups that are rare in code. */
export const phoneNorthAmerican = formatDetector({
  ...shared,
  tier: 'A',
  formats: ['999-999-9999'],
  check: (digits) => isNationalNumber('1', digits),
});

export const phoneNational: Detector = {
  ...shared,
  tier: 'B',
  triggers: [{ kind: 'digits', digitsMin: 9, digitsMax: DIGITS_MAX }],
  context: (
    'phone,telephone,tel,mobile,mob,cell,cellphone,fax,whats app,sms,gsm,msisdn,call me,call us,dial,' +
    'telefon,telefonnummer,handy,handynummer,mobil,mobilnummer,rufnummer,téléphone,portable,' +
    'teléfono,telefono,móvil,movil,celular,telefone,cellulare,telefoon,mobiel,' +
    '电话,手机,電話,携帯,телефон,फ़ोन,मोबाइल'
  ).split(','),
  find(text, start, end) {
    if (!standsAlone(text, start, end)) return undefined;
    const digits = compact(text, { start, end });
    if (OTHER_NUMBER.test(text.slice(start, end)) || isWellKnownNumber(digits)) return undefined;
    return isInThreeGroups(text, end, digits) || isOfDefaultRegion(digits)
      ? { start, end }
      : undefined;
  },
};

interface NumberEnd {
  readonly end: number;
  readonly digits: string;
}

/** Returns every possible end of a number that starts at `from`, last first. */
function endsOfNumber(text: string, from: number): NumberEnd[] {
  const ends: NumberEnd[] = [];
  let digits = '';
  let signs = 0;
  for (let index = from; index <= from + LENGTH_MAX && signs < 3; index++) {
    const code = text.charCodeAt(index);
    if (isDigit(code)) {
      signs = 0;
      if (text.startsWith('(0)', index - 1)) continue;
      digits += text.charAt(index);
      if (digits.length > DIGITS_MAX) break;
      const isEnd = !isDigit(text.charCodeAt(index + 1)) && endsAlone(text, index + 1);
      if (isEnd && digits.length >= DIGITS_MIN) ends.push({ end: index + 1, digits });
    } else if (isSign(code)) signs++;
    else break;
  }
  return ends.toReversed();
}

/**
 * Whether the ten digits before `end` are in groups of 3, 3 and 4, as in North America. The
 * grouping alone suffices, even for unassigned numbers such as the fictional 555.
 */
function isInThreeGroups(text: string, end: number, national: string): boolean {
  if (national.length !== 10 || national < '2') return false;
  return (
    isSign(text.charCodeAt(end - 5)) &&
    matchesFormat(text, end - 4, '9999') &&
    matchesFormat(text, end - 8, '999') &&
    isSign(text.charCodeAt(end - 9))
  );
}

/**
 * Area codes have a leading 0; without it, they have two digits in Brazil and three in North
 * America.
 */
function isInRegionOfArea(area: number, digits: string): boolean {
  if (digits.startsWith('0')) return isOfDefaultRegion(digits);
  return (
    (area === 2 && isNationalNumber('55', digits)) || (area === 3 && isNationalNumber('1', digits))
  );
}

function isOfDefaultRegion(digits: string): boolean {
  if (digits.startsWith('00')) return isInternationalNumber(digits.slice(2));
  if (digits.startsWith('0')) return CODES_WITH_ZERO.some((code) => isNationalNumber(code, digits));
  if (digits.length === 10 && digits >= '6' && isNationalNumber('91', digits)) return true;
  return CODES_WITHOUT.some((code) => isNationalNumber(code, digits));
}

/** Characters on each side in which a diff shows. */
const DIFF_REACH = 256;
/** A header of a diff, or a changed line of words. */
const DIFF_LINE =
  /^(?:@@ -\d|diff --git |(?:---|\+\+\+) [^\s\d]|[+-][\t ]{0,40}[A-Za-z_<{("'#/@])/m;
/** In a list, a blank follows the sign. */
const LIST_ITEM = /^[+-] [^\n]*$/gm;

/** Whether `+` marks an added line of a diff, which has to stay. */
function isDiffMark(text: string, plus: number): boolean {
  if (plus > 0 && text[plus - 1] !== '\n') return false;
  const before = text.slice(Math.max(0, plus - DIFF_REACH), plus);
  const after = text.slice(plus, plus + DIFF_REACH);
  // The first line may be cut.
  const lines = plus > DIFF_REACH ? before.slice(before.indexOf('\n') + 1) : before;
  return [lines, after].some((part) => DIFF_LINE.test(part.replaceAll(LIST_ITEM, '')));
}

/** Whether `+` or `(` begins a number rather than being an operator or a call. */
function beginsNumber(text: string, at: number): boolean {
  if (!isDigit(text.charCodeAt(at + 1))) return false;
  const before = text.charCodeAt(at - 1);
  // Behind the mark of an added line.
  if (before === PLUS) return isDiffMark(text, at - 1);
  return !isWord(before) && before !== CLOSE && before !== 93;
}

function isSign(code: number): boolean {
  const isPunctuation = code >= MINUS && code <= SLASH;
  return isPunctuation || code === SPACE || code === OPEN || code === CLOSE || code === 0xa0;
}
