// Swedish personal numbers, and coordination numbers with a day that is 60 higher: the date of
// birth, a serial and a Luhn digit over ten digits (Skatteverket).

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { luhn } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const sePersonnummer = formatDetector({
  entity: 'SE_PERSONNUMMER',
  label: 'NATID',
  tier: 'B',
  formats: ['999999-9999', '99999999-9999', '9999999999', '999999999999'],
  context: [
    'personnummer',
    'personnr',
    'person nr',
    'pnr',
    'samordningsnummer',
    'swedish personal',
  ],
  check(value) {
    if (value.length === 12 && !/^(18|19|20)/.test(value)) return false;
    const digits = value.slice(-10);
    const day = numberAt(digits, 4, 2);
    return (
      isDayOfCentury(numberAt(digits, 0, 2), numberAt(digits, 2, 2), day > 60 ? day - 60 : day) &&
      luhn(digits)
    );
  },
});
