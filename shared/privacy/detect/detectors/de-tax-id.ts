// German tax ids: eleven digits, the last by ISO 7064 MOD 11,10. Of the first ten, one digit occurs
// two or three times and the others at most once (BZSt), which few random numbers satisfy.

import { mod11And10 } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const deTaxId = formatDetector({
  entity: 'DE_TAX_ID',
  label: 'NATID',
  tier: 'B',
  formats: ['99999999999', '99 999 999 999', '99/999/999/999'],
  context: [
    'steuer-id',
    'steuer-id-nr',
    'steueridentifikationsnummer',
    'steuer-identifikationsnummer',
    'steuerliche identifikationsnummer',
    'identifikationsnummer',
    'id nr',
    'steuernummer',
    'tax id',
    'tin',
  ],
  check: (digits) => !digits.startsWith('0') && hasOneRepeated(digits) && mod11And10(digits),
});

function hasOneRepeated(digits: string): boolean {
  const counts = Array.from('0123456789', (digit) => digits.slice(0, 10).split(digit).length - 1);
  const repeated = counts.filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3 && !/^\d{0,7}(\d)\1\1\d/.test(digits);
}
