// French social security numbers: sex, year, month and place of birth, a serial, and a key modulo
// 97 (INSEE). The grouped form is distinctive; the bare form needs context.

import { mod97 } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

/** Months above 12 mean an uncertain date of birth; Corsica is 2A and 2B. */
const PATTERN = /^[12]\d\d(?:0[1-9]|[1-9]\d)(?:\d\d|2[AB])\d{8}$/;
const shared = { entity: 'FR_NIR', label: 'NATID', check: isNir } as const;

export const frNir = formatDetector({
  ...shared,
  tier: 'A',
  formats: ['9 99 99 99 999 999 99', '9-99-99-99-999-999-99', '9.99.99.99.999.999.99'],
});

export const frNirBare = formatDetector({
  ...shared,
  tier: 'B',
  formats: ['999999999999999', '999999A99999999', '9999999999999 99'],
  context: [
    'nir',
    'insee',
    'sécu',
    'sécurité sociale',
    'securite sociale',
    'carte vitale',
    'social security',
  ],
});

function isNir(value: string): boolean {
  if (!PATTERN.test(value)) return false;
  const digits = value.replace('2A', '19').replace('2B', '18');
  return 97 - mod97(digits.slice(0, 13)) === Number(digits.slice(13));
}
