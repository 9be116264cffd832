// German value added tax numbers: DE and nine digits, the last by ISO 7064 MOD 11,10 (BZSt). Those of
// freelancers are personal.

import { mod11And10 } from '../checksums.ts';
import { shaped } from '../shapes.ts';

export const deVatId = shaped({
  entity: 'DE_VAT_ID',
  label: 'VATID',
  tier: 'A',
  shapes: ['DE999999999', 'DE 999999999', 'DE 999 999 999'],
  check: (value) => !value.startsWith('DE0') && mod11And10(value.slice(2)),
});
