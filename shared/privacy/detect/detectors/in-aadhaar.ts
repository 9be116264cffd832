// Indian residents: twelve digits that do not begin with 0 or 1, with a Verhoeff digit (UIDAI).

import { verhoeff } from '../checksums.ts';
import { shaped } from '../shapes.ts';

export const inAadhaar = shaped({
  entity: 'IN_AADHAAR',
  label: 'NATID',
  tier: 'B',
  shapes: ['999999999999', '9999 9999 9999', '9999-9999-9999'],
  context: ['aadhaar', 'aadhar', 'adhaar', 'uidai', 'आधार'],
  check: (digits) => /^[2-9]/.test(digits) && verhoeff(digits),
});
