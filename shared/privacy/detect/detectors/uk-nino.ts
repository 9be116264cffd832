// British national insurance numbers: two letters, six digits and a letter, without a check digit.
// Unassigned letters: HMRC, National Insurance Manual NIM39110.

import { formatDetector } from '../formats.ts';

const PATTERN = /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/;

export const ukNino = formatDetector({
  entity: 'UK_NINO',
  label: 'NATID',
  tier: 'B',
  formats: ['AA999999A', 'AA 99 99 99 A', 'AA 999999 A', 'AA-99-99-99-A'],
  context: ['nino', 'national insurance', 'ni number', 'ni no', 'insurance number'],
  check: (value) => PATTERN.test(value),
});
