// Australian tax file numbers: nine digits (older ones eight) whose weighted sum is divisible by 11
// (Australian Taxation Office).

import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [1, 4, 3, 7, 5, 8, 6, 9, 10];
const WEIGHTS_OF_EIGHT = [10, 7, 8, 4, 6, 3, 5, 1];

export const auTfn = formatDetector({
  entity: 'AU_TFN',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999', '999 999 999', '999-999-999', '99999999', '99 999 999'],
  context: ['tfn', 'tax file'],
  check(digits) {
    const sum = weightedSum(digits, digits.length === 8 ? WEIGHTS_OF_EIGHT : WEIGHTS);
    return sum % 11 === 0 && sum > 0;
  },
});
