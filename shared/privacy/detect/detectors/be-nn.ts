// Belgian national numbers: the date of birth, a serial, and a key modulo 97 over nine digits, with
// a leading 2 for people born since 2000. Numbers of foreigners have a month that is 20 or 40
// higher.

import { numberAt } from '../calendar.ts';
import { mod97 } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const shared = { entity: 'BE_NATIONAL_NUMBER', label: 'NATID', check: isNationalNumber } as const;

export const beNationalNumber = formatDetector({
  ...shared,
  tier: 'A',
  formats: ['99.99.99-999.99'],
});

export const beNationalNumberBare = formatDetector({
  ...shared,
  tier: 'B',
  formats: ['99999999999', '99 99 99 999 99', '999999-999-99', '999999 999 99'],
  context: [
    'rijksregister',
    'rijksregisternummer',
    'registre national',
    'numéro national',
    'numero national',
    'insz',
    'niss',
    'nationalregisternummer',
  ],
});

function isNationalNumber(digits: string): boolean {
  if (numberAt(digits, 2, 2) % 20 > 12 || numberAt(digits, 4, 2) > 31) return false;
  const body = digits.slice(0, 9);
  const key = numberAt(digits, 9, 2);
  return 97 - mod97(body) === key || 97 - mod97(`2${body}`) === key;
}
