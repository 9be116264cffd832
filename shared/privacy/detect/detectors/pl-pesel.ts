// Polish personal numbers: the day of birth, the century in its month, a serial and a digit with
// weights 1, 3, 7, 9 (PESEL, gov.pl).

import { isDay, numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { shaped } from '../shapes.ts';

const WEIGHTS = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
/** By the tens of the month, halved. */
const CENTURIES = [1900, 2000, 2100, 2200, 1800];

export const plPesel = shaped({
  entity: 'PL_PESEL',
  label: 'NATID',
  tier: 'B',
  shapes: ['99999999999'],
  context: ['pesel', 'numer ewidencyjny', 'nr ewidencyjny'],
  check(digits) {
    const month = numberAt(digits, 2, 2);
    const year = (CENTURIES[Math.floor(month / 20)] ?? 0) + numberAt(digits, 0, 2);
    return (
      isDay(year, month % 20, numberAt(digits, 4, 2)) && weightedSum(digits, WEIGHTS) % 10 === 0
    );
  },
});
