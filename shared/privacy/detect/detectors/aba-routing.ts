// US bank routing numbers: a Federal Reserve district, and weights 3, 7, 1 modulo 10 (American
// Bankers Association).

import { numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [3, 7, 1, 3, 7, 1, 3, 7, 1];

export const abaRouting = formatDetector({
  entity: 'ABA_ROUTING_NUMBER',
  label: 'BANK',
  tier: 'B',
  formats: ['999999999', '9999-9999-9'],
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
