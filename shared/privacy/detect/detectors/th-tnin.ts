// Thai national id numbers: thirteen digits, the last modulo 11 (Department of Provincial
// Administration).

import { digitAt, weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2];

export const thTnin = formatDetector({
  entity: 'TH_TNIN',
  label: 'NATID',
  tier: 'B',
  formats: ['9999999999999', '9-9999-99999-99-9', '9 9999 99999 99 9'],
  context: [
    'thai id',
    'tnin',
    'thai national',
    'citizen id',
    'เลขประจำตัวประชาชน',
    'เลขบัตรประชาชน',
    'บัตรประชาชน',
  ],
  check: (digits) =>
    /^[1-8]/.test(digits) &&
    (11 - (weightedSum(digits, WEIGHTS) % 11)) % 10 === digitAt(digits, 12),
});
