// Korean resident registration numbers: the date of birth, a digit for century and sex, and a check
// digit modulo 11, absent in numbers issued since October 2020.

import { isDay, numberAt } from '../calendar.ts';
import { digitAt, weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
/** By the seventh digit; 5 to 8 are foreigners. */
const CENTURIES = [1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800];

export const krRrn = formatDetector({
  entity: 'KR_RRN',
  label: 'NATID',
  tier: 'B',
  formats: ['999999-9999999', '9999999999999'],
  context: ['rrn', 'resident registration', '주민등록번호', '주민번호', '외국인등록번호'],
  check(digits) {
    const year = (CENTURIES[digitAt(digits, 6)] ?? 0) + numberAt(digits, 0, 2);
    if (!isDay(year, numberAt(digits, 2, 2), numberAt(digits, 4, 2))) return false;
    const check = (11 - (weightedSum(digits, WEIGHTS) % 11)) % 10;
    return year >= 2020 || check === digitAt(digits, 12);
  },
});
