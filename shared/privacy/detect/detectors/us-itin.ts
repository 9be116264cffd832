// US individual taxpayer numbers: like social security numbers that begin with 9, with their own
// groups (IRS publication 1915). Without a check digit, only the dashes distinguish them.

import { numberAt } from '../calendar.ts';
import { formatDetector } from '../formats.ts';

const shared = { entity: 'US_ITIN', label: 'ITIN', check: isItin } as const;

export const usItin = formatDetector({ ...shared, tier: 'A', formats: ['999-99-9999'] });

export const usItinBare = formatDetector({
  ...shared,
  tier: 'B',
  formats: ['999999999', '999 99 9999'],
  context: ['itin', 'taxpayer', 'tax id', 'tin'],
});

function isItin(digits: string): boolean {
  const group = numberAt(digits, 3, 2);
  if (digits.charCodeAt(0) !== 57 || group < 50) return false;
  return group !== 89 && group !== 93 && (group <= 65 || group >= 70);
}
