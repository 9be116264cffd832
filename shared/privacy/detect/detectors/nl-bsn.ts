// Dutch citizen service numbers: nine digits whose weighted sum is divisible by 11, the last digit
// counting as -1 (RvIG).

import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

export const nlBsn = formatDetector({
  entity: 'NL_BSN',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999', '9999.99.999', '9999 99 999', '999 999 999', '999.999.999'],
  context: ['bsn', 'burgerservicenummer', 'burger service nummer', 'sofinummer', 'sofi'],
  check(digits) {
    const sum = weightedSum(digits, WEIGHTS);
    return sum > 0 && sum % 11 === 0;
  },
});
