// Telephone numbers: anything that begins with `+` and a calling code, numbers with an area code in
// brackets, and North American ones in groups. Numbers in a national form need a word near, since
// ids and amounts look the same. Numbering plans decide; see numbering-plans.ts.

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
import { compact, fits, isMachineNumber, shaped } from '../shapes.ts';

/** E.164, and the `(0)` some write behind the calling code. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const LENGTH_MAX = 40;
/** Digits of an area in brackets, and of such a number in all. */
const AREA_LENGTHS = [2, 3, 4, 5];
const BRACKETED_DIGITS_MIN = 9;
const OPEN = 40;
const CLOSE = 41;

/** Calling codes tried for a national number: with the 0 that is dialled before it, and without. */
const CODES_WITH_ZERO = ['44', '33', '49', '31', '39', '91', '61'];
const CODES_WITHOUT = ['1', '55', '34', '39'];

/** Decimals, versions and addresses, days and times, seconds and milliseconds since 1970. */
const OTHER_NUMBER =
  /^(?:\d+\.\d+|\d+(?:\.\d+){3}|(?:19|20)\d\d([-./ ])\d\d\1\d\d\b.*|20[0-4]\d[01]\d[0-3]\d{5,7}|1\d{9}|1\d{12})$/;

const ROW = { entity: 'PHONE_NUMBER', label: 'PHONE' } as const;

export const phoneInternational: Detector = {
  ...ROW,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '+' }],
  find(text, plus, from) {
    if (!opensNumber(text, plus)) return undefined;
    for (const { end, digits } of endsOfNumber(text, from)) {
      const national = digits.startsWith('1') ? digits.slice(1) : '';
      if (isInThreeGroups(text, end, national) || isInternationalNumber(digits)) {
        return { start: plus, end };
      }
    }
    return undefined;
  },
};

export const phoneBracketed: Detector = {
  ...ROW,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '(' }],
  find(text, open, from) {
    if (!opensNumber(text, open)) return undefined;
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

/** `415-555-2671`: three groups that code has no other use for. */
export const phoneNorthAmerican = shaped({
  ...ROW,
  tier: 'A',
  shapes: ['999-999-9999'],
  check: (digits) => isNationalNumber('1', digits),
});

export const phoneNational: Detector = {
  ...ROW,
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
    if (OTHER_NUMBER.test(text.slice(start, end)) || isMachineNumber(digits)) return undefined;
    return isInThreeGroups(text, end, digits) || isOfDefaultRegion(digits)
      ? { start, end }
      : undefined;
  },
};

interface NumberEnd {
  readonly end: number;
  readonly digits: string;
}

/** Each place where a number that starts at `from` may end, the last one first. */
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
 * Whether the ten digits before `end` stand in groups of 3, 3 and 4. North American numbers do; one
 * written so is taken for one even if nobody can have it, like those with 555 that stand for others.
 */
function isInThreeGroups(text: string, end: number, national: string): boolean {
  if (national.length !== 10 || national < '2') return false;
  return (
    isSign(text.charCodeAt(end - 5)) &&
    fits(text, end - 4, '9999') &&
    fits(text, end - 8, '999') &&
    isSign(text.charCodeAt(end - 9))
  );
}

/** Areas are written with the 0 before them; without, they have two digits in Brazil, three in America. */
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

/** Whether a sign before a digit begins a number rather than being an operator or a call. */
function opensNumber(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const isOperator = isWord(before) || before === CLOSE || before === PLUS || before === 93;
  return !isOperator && isDigit(text.charCodeAt(at + 1));
}

function isSign(code: number): boolean {
  const isPunctuation = code >= MINUS && code <= SLASH;
  return isPunctuation || code === SPACE || code === OPEN || code === CLOSE || code === 0xa0;
}
