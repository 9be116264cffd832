// US health care provider ids: ten digits that begin with 1 or 2, with a Luhn digit over the issuer
// prefix 80840 (CMS, National Provider Identifier Standard).

import { luhn } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const usNpi = formatDetector({
  entity: 'US_NPI',
  label: 'NATID',
  tier: 'B',
  formats: ['9999999999'],
  context: ['npi', 'national provider', 'provider identifier', 'provider id'],
  check: (digits) => /^[12]/.test(digits) && luhn(`80840${digits}`),
});
