// Canadian social insurance numbers: nine digits with a Luhn digit. Those that begin with 0 belong to
// nobody but stand in examples, and are taken as well.

import { luhn } from '../checksums.ts';
import { shaped } from '../shapes.ts';

export const caSin = shaped({
  entity: 'CA_SIN',
  label: 'NATID',
  tier: 'B',
  shapes: ['999999999', '999 999 999', '999-999-999'],
  context: ['sin', 'social insurance', 'assurance sociale', 'nas'],
  check: (digits) => digits !== '000000000' && luhn(digits),
});
