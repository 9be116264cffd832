// Indian taxpayers (PAN): five letters, the fourth of which says what kind of person it is, four
// digits and a letter whose rule is not published; and businesses (GSTIN), which contain a PAN and
// have a check character modulus 36.

import { shaped } from '../shapes.ts';

const PAN = /^[A-Z]{3}[ABCFGHJKLPT][A-Z]\d{4}[A-Z]$/;
const GSTIN =
  /^(?:0[1-9]|[12]\d|3[0-8]|9[79])[A-Z]{3}[ABCFGHJKLPT][A-Z]\d{4}[A-Z][1-9A-Z]Z[\dA-Z]$/;

export const inPan = shaped({
  entity: 'IN_PAN',
  label: 'NATID',
  tier: 'B',
  shapes: ['AAAAA9999A'],
  context: ['pan', 'permanent account', 'income tax', 'पैन'],
  check: (value) => PAN.test(value),
});

export const inGstin = shaped({
  entity: 'IN_GSTIN',
  label: 'NATID',
  tier: 'A',
  shapes: ['99AAAAA9999AXAX'],
  check(value) {
    if (!GSTIN.test(value)) return false;
    let sum = 0;
    for (let place = 0; place < 14; place++) {
      const product = valueOf(value, place) * (place % 2 === 1 ? 2 : 1);
      sum += Math.floor(product / 36) + (product % 36);
    }
    return (36 - (sum % 36)) % 36 === valueOf(value, 14);
  },
});

function valueOf(value: string, place: number): number {
  return Number.parseInt(value.charAt(place), 36);
}
