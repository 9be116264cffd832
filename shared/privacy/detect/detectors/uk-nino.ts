// British national insurance numbers: two letters, six digits and a letter, without a check digit.
// Letters that are never given out: HMRC, National Insurance Manual NIM39110.

import { shaped } from '../shapes.ts';

const FORM = /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/;

export const ukNino = shaped({
  entity: 'UK_NINO',
  label: 'NATID',
  tier: 'B',
  shapes: ['AA999999A', 'AA 99 99 99 A', 'AA 999999 A', 'AA-99-99-99-A'],
  context: ['nino', 'national insurance', 'ni number', 'ni no', 'insurance number'],
  check: (value) => FORM.test(value),
});
