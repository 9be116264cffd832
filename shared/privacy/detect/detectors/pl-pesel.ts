// Polish personal numbers (PESEL, gov.pl): the date of birth with the century in the month, a
// serial and a digit with weights 1, 3, 7, 9.

import { isDay, numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
/** By the tens of the month, halved. */
const CENTURIES = [1900, 2000, 2100, 2200, 1800];

export const plPesel = formatDetector({
  entity: 'PL_PESEL',
  label: 'NATID',
  tier: 'B',
  formats: ['99999999999'],
  context: ['pesel', 'numer ewidencyjny', 'nr ewidencyjny'],
  check(digits) {
    const month = numberAt(digits, 2, 2);
    const year = (CENTURIES[Math.floor(month / 20)] ?? 0) + numberAt(digits, 0, 2);
    return (
      isDay(year, month % 20, numberAt(digits, 4, 2)) && weightedSum(digits, WEIGHTS) % 10 === 0
    );
  },
});
