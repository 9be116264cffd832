// Australian company numbers (nine digits, modulo 10, ASIC) and business numbers (eleven digits,
// modulo 89, Australian Business Register). A sole trader's number identifies a person.

import { digitAt, weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const ACN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 1];
const ABN_WEIGHTS = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];

export const auAcn = formatDetector({
  entity: 'AU_ACN',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999', '999 999 999'],
  context: ['acn', 'australian company', 'company number'],
  check(digits) {
    const sum = weightedSum(digits, ACN_WEIGHTS);
    return (10 - (sum % 10)) % 10 === digitAt(digits, 8) && sum > 0;
  },
});

export const auAbn = formatDetector({
  entity: 'AU_ABN',
  label: 'NATID',
  tier: 'B',
  formats: ['99999999999', '99 999 999 999'],
  context: ['abn', 'australian business', 'business number'],
  // The first digit counts one less.
  check: (digits) => !digits.startsWith('0') && (weightedSum(digits, ABN_WEIGHTS) - 10) % 89 === 0,
});
