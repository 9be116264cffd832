// US bank routing numbers: the district of the Federal Reserve, then weights 3, 7, 1 modulus 10
// (American Bankers Association).

import { numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { shaped } from '../shapes.ts';

const WEIGHTS = [3, 7, 1, 3, 7, 1, 3, 7, 1];

export const abaRouting = shaped({
  entity: 'ABA_ROUTING_NUMBER',
  label: 'BANK',
  tier: 'B',
  shapes: ['999999999', '9999-9999-9'],
  context: ['aba', 'routing', 'rtn', 'transit number'],
  check(digits) {
    const district = numberAt(digits, 0, 2);
    const isDistrict =
      district <= 12 ||
      (district >= 21 && district <= 32) ||
      (district >= 61 && district <= 72) ||
      district === 80;
    const sum = weightedSum(digits, WEIGHTS);
    return isDistrict && sum > 0 && sum % 10 === 0;
  },
});
