// Spanish ids of citizens (NIF: eight digits) and foreigners (NIE: X, Y or Z and seven digits),
// with a letter modulo 23 (Ministerio del Interior).

import { formatDetector } from '../formats.ts';

const LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const FIRST_OF_FOREIGNERS = 'XYZ';

export const esNif = formatDetector({
  entity: 'ES_NIF',
  label: 'NATID',
  tier: 'A',
  formats: ['99999999A', '99999999-A', '99.999.999-A'],
  check: (value) => LETTERS.charAt(Number(value.slice(0, 8)) % 23) === value.charAt(8),
});

export const esNie = formatDetector({
  entity: 'ES_NIE',
  label: 'NATID',
  tier: 'A',
  formats: ['A9999999A', 'A-9999999-A', 'A9999999-A'],
  check(value) {
    const first = FIRST_OF_FOREIGNERS.indexOf(value.charAt(0));
    return first >= 0 && LETTERS.charAt(Number(first + value.slice(1, 8)) % 23) === value.charAt(8);
  },
});
