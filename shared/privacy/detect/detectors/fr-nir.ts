// French social security numbers: sex, year, month and place of birth, a serial, and a key modulus 97
// (INSEE). In its groups nothing else looks like it; bare it needs context.

import { mod97 } from '../checksums.ts';
import { shaped } from '../shapes.ts';

/** Months above 12 are of people whose birth is not certain; Corsica is 2A and 2B. */
const FORM = /^[12]\d\d(?:0[1-9]|[1-9]\d)(?:\d\d|2[AB])\d{8}$/;
const ROW = { entity: 'FR_NIR', label: 'NATID', check: isNir } as const;

export const frNir = shaped({
  ...ROW,
  tier: 'A',
  shapes: ['9 99 99 99 999 999 99', '9-99-99-99-999-999-99', '9.99.99.99.999.999.99'],
});

export const frNirBare = shaped({
  ...ROW,
  tier: 'B',
  shapes: ['999999999999999', '999999A99999999', '9999999999999 99'],
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
  if (!FORM.test(value)) return false;
  const digits = value.replace('2A', '19').replace('2B', '18');
  return 97 - mod97(digits.slice(0, 13)) === Number(digits.slice(13));
}
