// Vehicle identification numbers: seventeen characters without I, O and Q. The ninth is a check
// character only in North America and China (49 CFR 565.15, ISO 3779); others need context.

import { formatDetector } from '../formats.ts';

const PATTERN = /^[A-HJ-NPR-Z1-9][A-HJ-NPR-Z\d]{12}\d{4}$/;
const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
/** Values of A to Z; I, O and Q do not occur. */
const VALUES = '12345678012345070923456789';
const shared = { entity: 'VEHICLE_IDENTIFICATION_NUMBER', label: 'VIN', formats: ['X'.repeat(17)] };

export const vin = formatDetector({
  ...shared,
  tier: 'A',
  check: (value) => PATTERN.test(value) && checkCharacterOf(value) === value.charAt(8),
});

export const vinUnchecked = formatDetector({
  ...shared,
  tier: 'B',
  context: [
    'vin',
    'vehicle',
    'chassis',
    'châssis',
    'fahrgestellnummer',
    'fin',
    'bastidor',
    'telaio',
  ],
  check: (value) => PATTERN.test(value),
});

function checkCharacterOf(value: string): string {
  let sum = 0;
  for (let place = 0; place < WEIGHTS.length; place++) {
    const code = value.charCodeAt(place);
    const number = code < 58 ? code - 48 : VALUES.charCodeAt(code - 65) - 48;
    sum += number * (WEIGHTS[place] ?? 0);
  }
  return sum % 11 === 10 ? 'X' : String(sum % 11);
}
