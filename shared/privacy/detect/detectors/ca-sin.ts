// Canadian social insurance numbers: nine digits with a Luhn digit. Those that begin with 0 are not
// issued but common in examples, and detected too.

import { luhn } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const caSin = formatDetector({
  entity: 'CA_SIN',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999', '999 999 999', '999-999-999'],
  context: ['sin', 'social insurance', 'assurance sociale', 'nas'],
  check: (digits) => digits !== '000000000' && luhn(digits),
});
