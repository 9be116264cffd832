// US providers of health care: ten digits that begin with 1 or 2, with a Luhn digit over the prefix
// of the issuer, 80840 (CMS, National Provider Identifier Standard).

import { luhn } from '../checksums.ts';
import { shaped } from '../shapes.ts';

export const usNpi = shaped({
  entity: 'US_NPI',
  label: 'NATID',
  tier: 'B',
  shapes: ['9999999999'],
  context: ['npi', 'national provider', 'provider identifier', 'provider id'],
  check: (digits) => /^[12]/.test(digits) && luhn(`80840${digits}`),
});
