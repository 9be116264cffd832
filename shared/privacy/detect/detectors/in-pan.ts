// Indian taxpayer numbers (PAN): five letters, the fourth of which is the kind of taxpayer, four
// digits and a letter by an unpublished rule; and business numbers (GSTIN), which contain a PAN and
// have a check character modulo 36.

import { formatDetector } from '../formats.ts';

const PAN = /^[A-Z]{3}[ABCFGHJKLPT][A-Z]\d{4}[A-Z]$/;
const GSTIN =
  /^(?:0[1-9]|[12]\d|3[0-8]|9[79])[A-Z]{3}[ABCFGHJKLPT][A-Z]\d{4}[A-Z][1-9A-Z]Z[\dA-Z]$/;

export const inPan = formatDetector({
  entity: 'IN_PAN',
  label: 'NATID',
  tier: 'B',
  formats: ['AAAAA9999A'],
  context: ['pan', 'permanent account', 'income tax', 'पैन'],
  check: (value) => PAN.test(value),
});

export const inGstin = formatDetector({
  entity: 'IN_GSTIN',
  label: 'NATID',
  tier: 'A',
  formats: ['99AAAAA9999AXAX'],
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
