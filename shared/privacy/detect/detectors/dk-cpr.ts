// Danish personal numbers: the date of birth and four digits. The sum modulo 11 is 0, except in
// some numbers issued since 2007 (CPR-kontoret), so the form with a dash and context does not need
// it.

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
const shared = {
  entity: 'DK_CPR',
  label: 'NATID',
  tier: 'B',
  context: ['cpr', 'cpr nr', 'cpr nummer', 'cprnummer', 'personnummer'],
} as const;

export const dkCpr = formatDetector({ ...shared, formats: ['999999-9999'], check: beginsWithDay });

export const dkCprBare = formatDetector({
  ...shared,
  formats: ['9999999999', '999999 9999'],
  check: (digits) => beginsWithDay(digits) && weightedSum(digits, WEIGHTS) % 11 === 0,
});

function beginsWithDay(digits: string): boolean {
  return isDayOfCentury(numberAt(digits, 4, 2), numberAt(digits, 2, 2), numberAt(digits, 0, 2));
}
