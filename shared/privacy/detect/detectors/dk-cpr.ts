// Danish personal numbers: the day of birth and four digits. Their sum modulus 11 is 0, but no longer
// for all given out since 2007 (CPR-kontoret), so with its dash and a word near it need not be.

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { shaped } from '../shapes.ts';

const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
const ROW = {
  entity: 'DK_CPR',
  label: 'NATID',
  tier: 'B',
  context: ['cpr', 'cpr nr', 'cpr nummer', 'cprnummer', 'personnummer'],
} as const;

export const dkCpr = shaped({ ...ROW, shapes: ['999999-9999'], check: beginsWithDay });

export const dkCprBare = shaped({
  ...ROW,
  shapes: ['9999999999', '999999 9999'],
  check: (digits) => beginsWithDay(digits) && weightedSum(digits, WEIGHTS) % 11 === 0,
});

function beginsWithDay(digits: string): boolean {
  return isDayOfCentury(numberAt(digits, 4, 2), numberAt(digits, 2, 2), numberAt(digits, 0, 2));
}
