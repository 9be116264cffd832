// British NHS patient numbers: ten digits, modulo 11 (NHS Data Dictionary). One number in eleven
// passes, including 2147483648, hence the context.

import { digitAt, weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [10, 9, 8, 7, 6, 5, 4, 3, 2];

export const ukNhs = formatDetector({
  entity: 'UK_NHS',
  label: 'NATID',
  tier: 'B',
  formats: ['9999999999', '999 999 9999', '999-999-9999'],
  context: ['nhs', 'national health service', 'health service number', 'patient number'],
  check(digits) {
    const rest = 11 - (weightedSum(digits, WEIGHTS) % 11);
    return (rest === 11 ? 0 : rest) === digitAt(digits, 9) && !/^(\d)\1+$/.test(digits);
  },
});
