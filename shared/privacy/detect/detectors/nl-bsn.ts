// Dutch citizens: nine digits whose weighted sum 11 divides, the last digit counting as -1 (RvIG).

import { weightedSum } from '../checksums.ts';
import { shaped } from '../shapes.ts';

const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1];

export const nlBsn = shaped({
  entity: 'NL_BSN',
  label: 'NATID',
  tier: 'B',
  shapes: ['999999999', '9999.99.999', '9999 99 999', '999 999 999', '999.999.999'],
  context: ['bsn', 'burgerservicenummer', 'burger service nummer', 'sofinummer', 'sofi'],
  check(digits) {
    const sum = weightedSum(digits, WEIGHTS);
    return sum > 0 && sum % 11 === 0;
  },
});
