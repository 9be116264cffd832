// Italian tax codes: name, date of birth and place in sixteen characters, the last modulo 26. To
// avoid duplicates, digits may be replaced by letters (Agenzia delle Entrate).

import { isDayOfCentury } from '../calendar.ts';
import { formatDetector } from '../formats.ts';

const PATTERN = /^[A-Z]{6}[\dLMNP-V]{2}[ABCDEHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]$/;
const MONTHS = 'ABCDEHLMPRST';
const LETTERS_OF_DIGITS = 'LMNPQRSTUV';
/** Added to the day of birth of women. */
const DAY_OFFSET_OF_WOMEN = 40;
/** Values of 0 to 9 and A to Z at odd positions; at even ones it is their rank. */
const ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

export const itFiscalCode = formatDetector({
  entity: 'IT_FISCAL_CODE',
  label: 'NATID',
  tier: 'A',
  formats: ['AAAAAAXXAXXAXXXA'],
  check(value) {
    if (!PATTERN.test(value) || !isBirthDay(value)) return false;
    let sum = 0;
    for (let place = 0; place < 15; place++) {
      const code = value.charCodeAt(place);
      const rank = code < 58 ? code - 48 : code - 65;
      sum += place % 2 === 0 ? (ODD[rank] ?? 0) : rank;
    }
    return sum % 26 === value.charCodeAt(15) - 65;
  },
});

function isBirthDay(value: string): boolean {
  const year = numberOf(value.slice(6, 8));
  const month = MONTHS.indexOf(value.charAt(8)) + 1;
  const day = numberOf(value.slice(9, 11));
  return isDayOfCentury(year, month, day > DAY_OFFSET_OF_WOMEN ? day - DAY_OFFSET_OF_WOMEN : day);
}

function numberOf(text: string): number {
  const digits = Array.from(text, (sign) => {
    const digit = LETTERS_OF_DIGITS.indexOf(sign);
    return digit < 0 ? sign : digit;
  });
  return Number(digits.join(''));
}
