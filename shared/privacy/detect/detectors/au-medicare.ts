// Australian Medicare card numbers: eight digits, a check digit, the issue, and an optional
// reference to the person on the card (Services Australia).

import { digitAt, weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9];

export const auMedicare = formatDetector({
  entity: 'AU_MEDICARE',
  label: 'NATID',
  tier: 'B',
  formats: [
    '9999999999',
    '9999 99999 9',
    '9999-99999-9',
    '99999999999',
    '9999 99999 9 9',
    '9999 99999 9/9',
    '9999-99999-9-9',
  ],
  context: ['medicare'],
  check: (digits) =>
    /^[2-6]/.test(digits) && weightedSum(digits, WEIGHTS) % 10 === digitAt(digits, 8),
});
