// German VAT ids: DE and nine digits, the last by ISO 7064 MOD 11,10 (BZSt). A freelancer's id is
// personal.

import { mod11And10 } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const deVatId = formatDetector({
  entity: 'DE_VAT_ID',
  label: 'VATID',
  tier: 'A',
  formats: ['DE999999999', 'DE 999999999', 'DE 999 999 999'],
  check: (value) => !value.startsWith('DE0') && mod11And10(value.slice(2)),
});
