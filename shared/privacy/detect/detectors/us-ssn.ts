// US social security numbers. Without a check digit, only the dashes distinguish them from other
// nine-digit numbers; without dashes they need context.

import { numberAt } from '../calendar.ts';
import { formatDetector } from '../formats.ts';

const shared = { entity: 'US_SSN', label: 'SSN', check: isSsn } as const;

export const usSsn = formatDetector({ ...shared, tier: 'A', formats: ['999-99-9999'] });

export const usSsnBare = formatDetector({
  ...shared,
  tier: 'B',
  formats: ['999999999', '999 99 9999', '999.99.9999'],
  context: ['ssn', 'social security', 'soc sec', 'ss number', 'ss no', 'seguro social'],
});

/**
 * Excludes areas, groups and serials that are never issued: secure.ssa.gov/poms.nsf/lnx/0110201035.
 */
function isSsn(digits: string): boolean {
  const area = numberAt(digits, 0, 3);
  const group = numberAt(digits, 3, 2);
  return area > 0 && area < 900 && area !== 666 && group > 0 && numberAt(digits, 5, 4) > 0;
}
