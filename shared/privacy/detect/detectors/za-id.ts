// South African identity numbers: the date of birth, a serial, citizenship and a Luhn digit
// (Department of Home Affairs).

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { digitAt, luhn } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const zaId = formatDetector({
  entity: 'ZA_ID_NUMBER',
  label: 'NATID',
  tier: 'B',
  formats: ['9999999999999', '999999 9999 999', '999999 9999 99 9', '999999-9999-999'],
  context: [
    'id',
    'identity',
    'id number',
    'id no',
    'identity number',
    'sa id',
    'rsa id',
    'south african id',
    'identiteitsnommer',
  ],
  check: (digits) =>
    digitAt(digits, 10) <= 2 &&
    isDayOfCentury(numberAt(digits, 0, 2), numberAt(digits, 2, 2), numberAt(digits, 4, 2)) &&
    luhn(digits),
});
