// Telephone numbers: `+` and a calling code, an area code in brackets, or North American groups. National
// formats need context, because ids and amounts look the same. numbering-plans.ts validates the number.

import {
  beginsAlone,
  CLOSE,
  codeAt,
  isDigit,
  isLetter,
  isWord,
  MINUS,
  OPEN,
  PLUS,
  SLASH,
  SPACE,
  standsAlone,
} from '../characters.ts';
import type { Detector } from '../detector.ts';
import { isInternationalNumber, isNationalNumber, isPossibleNumber } from '../numbering-plans.ts';
import { endsNumber, extensionEnd } from '../phone-forms.ts';
import { compact, matchesFormat, isWellKnownNumber } from '../formats.ts';

/** E.164; some write `(0)` after the calling code. */
const DIGITS_MAX = 15;
const DIGITS_MIN = 7;
const LENGTH_MAX = 40;
/** Digits of a bracketed area code, and minimum digits of such a number. */
const AREA_LENGTHS = [2, 3, 4, 5];
const BRACKETED_DIGITS_MIN = 9;
const CODE_LENGTH_MAX = 3;

/** Calling codes tried for national numbers, with and without the trunk prefix 0. */
const CODES_WITH_ZERO =
  '44 33 49 31 39 91 61 41 43 32 46 358 81 82 86 90 972 27 62 60 66 84 20 966 971'.split(' ');
const CODES_WITHOUT = ['1', '55', '34', '39'];

/** Calling codes of the countries whose languages the labels cover. */
const SPOKEN_CODES = (
  '1 44 33 49 31 39 91 61 55 34 41 43 32 45 46 47 48 351 352 353 354 358 359 30 36 40 420 421 385 386 381 ' +
  '7 380 90 972 966 971 20 98 92 880 94 62 60 63 65 66 84 81 82 86 852 886 52 54 56 57 51 27 234 254 64'
).split(' ');
const SPOKEN =
  /(?:\b(?:my|his|her|their|our|your)\s(?:[A-Za-z]{2,12}\s)?number(?:\sis)?[\s:]{1,3}|(?:^|[\n|;,]|\\n|\d )\s{0,3}[TMPFDCHWO][:.] ?|(?:^|[\n|;,]|\\n|\d )[TMF] )$/i;
const SPOKEN_LENGTH = 40;
const LAST_OF_SPOKEN = 'rstmpfdchwo';

const NORTH_AMERICAN = /^(?<code>(?:00)?1[-.])?(?<national>\d{3}(?<sign>[-.])\d{3}\k<sign>\d{4})$/;

/** Decimals, versions, addresses, dates, times, and Unix seconds and milliseconds. */
const OTHER_NUMBER =
  /^(?:\d+\.\d+|\d+(?:\.\d+){3}|(?:19|20)\d\d([-./ ])\d\d\1\d\d\b.*|20[0-4]\d[01]\d[0-3]\d{5,7}|1\d{9}|1\d{12})$/;

const shared = { entity: 'PHONE_NUMBER', label: 'PHONE' } as const;

export const phoneInternational: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '+', after: /[\d(]/ }],
  find(text, plus, from) {
    // A decimal: `+35236450.6`.
    if (
      !beginsNumber(text, plus) ||
      /^\d{4,15}\.\d{1,3}(?![\d.])/.test(text.slice(from, from + 20))
    )
      return undefined;
    for (const { end, digits } of endsOfNumber(text, from)) {
      const national = digits.startsWith('1') ? digits.slice(1) : '';
      if (
        isInThreeGroups(text, end, national) ||
        isInternationalNumber(digits) ||
        isInGroups(text.slice(from, end))
      ) {
        return { start: isDiffMark(text, plus) ? from : plus, end: extensionEnd(text, end) };
      }
    }
    return undefined;
  },
};

export const phoneBracketed: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '(', before: /[^\w)\]]/, after: /\d/ }],
  find(text, open, from) {
    if (!beginsNumber(text, open)) return undefined;
    const area = AREA_LENGTHS.find((length) => codeAt(text, from + length) === CLOSE);
    if (area === undefined) return undefined;
    for (const { end, digits } of endsOfNumber(text, from)) {
      if (digits.length < BRACKETED_DIGITS_MIN) return undefined;
      if (isInThreeGroups(text, end, digits) || isInRegionOfArea(area, digits)) {
        return { start: open, end: extensionEnd(text, end) };
      }
    }
    return undefined;
  },
};

/** `415-555-2671`, `1-415-555-2671`, `415.555.2671`: three groups that are rare in code. */
export const phoneNorthAmerican: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'digits', digitsMin: 10, digitsMax: 14 }],
  find(text, start, end) {
    if (!beginsAlone(text, start) || !endsNumber(text, end)) return undefined;
    const { code = '', national } = NORTH_AMERICAN.exec(text.slice(start, end))?.groups ?? {};
    if (national === undefined) return undefined;
    const whole = extensionEnd(text, end);
    // An exit code or an extension needs no assigned area.
    const isSure = code.startsWith('00') || whole > end;
    if (!isSure && !isNationalNumber('1', national.replaceAll(/\D/g, ''))) return undefined;
    return { start, end: whole };
  },
};

/** `0049 30 901820`: the international prefix of most countries, and groups. */
export const phoneWithExitCode: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'digits', digitsMin: 10, digitsMax: 17 }],
  find(text, start, end) {
    if (!text.startsWith('00', start) || !beginsAlone(text, start) || !endsNumber(text, end))
      return undefined;
    const written = text.slice(start, end);
    // Code points in tables of characters: `0069 0307 0301;`.
    if (/^\d{4}(?: \d{4})+$/.test(written) && /[;]/.test(text.charAt(end) + text.charAt(start - 1)))
      return undefined;
    if (!/^00 ?[1-9][\d ./-]*[ ./-]/.test(written)) return undefined;
    const digits = written.replaceAll(/\D/g, '');
    return isInternationalNumber(digits.slice(2))
      ? { start, end: extensionEnd(text, end) }
      : undefined;
  },
};

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
    if (!beginsAlone(text, start) || !endsNumber(text, end)) return undefined;
    const digits = compact(text, { start, end });
    if (OTHER_NUMBER.test(text.slice(start, end)) || isWellKnownNumber(digits)) return undefined;
    return isInThreeGroups(text, end, digits) || isOfDefaultRegion(digits)
      ? { start, end: extensionEnd(text, end) }
      : undefined;
  },
};

/** `My Israeli number is 09-7625400`, and `T: 09-7625400` in a signature: a number of any country. */
export const phoneSpoken: Detector = {
  ...shared,
  tier: 'B',
  triggers: [{ kind: 'digits', digitsMin: 7, digitsMax: 12 }],
  find(text, start, end) {
    if (!mayBeSpoken(text, start) || !standsAlone(text, start, end)) return undefined;
    if (!SPOKEN.test(text.slice(Math.max(0, start - SPOKEN_LENGTH), start))) return undefined;
    const digits = compact(text, { start, end });
    if (OTHER_NUMBER.test(text.slice(start, end)) || isWellKnownNumber(digits)) return undefined;
    return SPOKEN_CODES.some((code) => isNationalNumber(code, digits)) ? { start, end } : undefined;
  },
};

/** Whether `SPOKEN` may end at `start`, at one of its last letters; cheap. */
function mayBeSpoken(text: string, start: number): boolean {
  let at = start;
  while (start - at < 3 && !isLetter(codeAt(text, at - 1))) at--;
  if (at === start || !isLetter(codeAt(text, at - 1))) return false;
  return LAST_OF_SPOKEN.includes(text.charAt(at - 1).toLowerCase());
}

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
    const code = codeAt(text, index);
    if (isDigit(code)) {
      signs = 0;
      if (text.startsWith('(0)', index - 1)) continue;
      digits += text.charAt(index);
      if (digits.length > DIGITS_MAX) break;
      const isEnd = !isDigit(codeAt(text, index + 1)) && endsNumber(text, index + 1);
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
  if (national.length !== 10) return false;
  if (national < '2' && extensionEnd(text, end) === end) return false;
  return (
    isSign(codeAt(text, end - 5)) &&
    matchesFormat(text, end - 4, '9999') &&
    matchesFormat(text, end - 8, '999') &&
    isSign(codeAt(text, end - 9))
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

/**
 * Whether a calling code and groups follow, as many digits as its numbers have: `47 99 57 74 50`,
 * `44(0)5406 778375`, also when the code and the area are one group: `447700 208 815`.
 */
function isInGroups(written: string): boolean {
  const [first = '', ...rest] = written
    .replace('(0)', ' ')
    .split(/[ ().\u00a0/-]+/)
    .filter((group) => group !== '');
  const isDecimal = rest.length === 1 && written.includes('.');
  if (rest.length === 0 || isDecimal || rest.some(({ length }) => length < 2)) return false;
  const national = rest.join('');
  if (first.length <= CODE_LENGTH_MAX) {
    return isPossibleNumber(first, national) && national.length >= DIGITS_MIN;
  }
  return [1, 2, 3].some((length) =>
    isPossibleNumber(first.slice(0, length), first.slice(length) + national),
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
  const next = codeAt(text, at + 1);
  const isCodeInBrackets = next === OPEN && codeAt(text, at) === PLUS;
  if (!isDigit(isCodeInBrackets ? codeAt(text, at + 2) : next)) return false;
  const before = codeAt(text, at - 1);
  // Behind the mark of an added line.
  if (before === PLUS) return isDiffMark(text, at - 1);
  return !isWord(before) && before !== CLOSE && before !== 93;
}

function isSign(code: number): boolean {
  const isPunctuation = code >= MINUS && code <= SLASH;
  return isPunctuation || code === SPACE || code === OPEN || code === CLOSE || code === 0xa0;
}
