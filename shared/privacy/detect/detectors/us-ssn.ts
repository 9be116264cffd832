// US social security numbers. They have no check digit, so the dashes are what tells: without them
// any nine digits could be one, and a word about it must stand near.

import { numberAt } from '../calendar.ts';
import { shaped } from '../shapes.ts';

const ROW = { entity: 'US_SSN', label: 'SSN', check: isSsn } as const;

export const usSsn = shaped({ ...ROW, tier: 'A', shapes: ['999-99-9999'] });

export const usSsnBare = shaped({
  ...ROW,
  tier: 'B',
  shapes: ['999999999', '999 99 9999', '999.99.9999'],
  context: ['ssn', 'social security', 'soc sec', 'ss number', 'ss no', 'seguro social'],
});

/** Area, group and serial numbers that are never given out: secure.ssa.gov/poms.nsf/lnx/0110201035. */
function isSsn(digits: string): boolean {
  const area = numberAt(digits, 0, 3);
  const group = numberAt(digits, 3, 2);
  return area > 0 && area < 900 && area !== 666 && group > 0 && numberAt(digits, 5, 4) > 0;
}
