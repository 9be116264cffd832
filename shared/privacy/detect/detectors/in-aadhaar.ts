// Indian resident numbers (Aadhaar): twelve digits that do not begin with 0 or 1, with a Verhoeff
// digit (UIDAI).

import { verhoeff } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const inAadhaar = formatDetector({
  entity: 'IN_AADHAAR',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999999', '9999 9999 9999', '9999-9999-9999'],
  context: ['aadhaar', 'aadhar', 'adhaar', 'uidai', 'आधार'],
  check: (digits) => /^[2-9]/.test(digits) && verhoeff(digits),
});
