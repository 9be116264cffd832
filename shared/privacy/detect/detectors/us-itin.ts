// US individual taxpayer numbers: they look like social security numbers that begin with 9, with
// groups of their own (IRS publication 1915). No check digit, so it is the dashes that tell.

import { numberAt } from '../calendar.ts';
import { shaped } from '../shapes.ts';

const ROW = { entity: 'US_ITIN', label: 'ITIN', check: isItin } as const;

export const usItin = shaped({ ...ROW, tier: 'A', shapes: ['999-99-9999'] });

export const usItinBare = shaped({
  ...ROW,
  tier: 'B',
  shapes: ['999999999', '999 99 9999'],
  context: ['itin', 'taxpayer', 'tax id', 'tin'],
});

function isItin(digits: string): boolean {
  const group = numberAt(digits, 3, 2);
  if (digits.charCodeAt(0) !== 57 || group < 50) return false;
  return group !== 89 && group !== 93 && (group <= 65 || group >= 70);
}
