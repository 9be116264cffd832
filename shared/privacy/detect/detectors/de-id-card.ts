// German identity card and passport numbers: nine characters without vowels, and a check digit with
// weights 7, 3, 1 as in the machine-readable zone (ICAO 9303). One number in ten passes, hence the
// context.

import { digitAt } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

/** Letters in use; the first denotes an authority or a passport. */
const PATTERN = /^[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ\d]{8}\d?$/;
const WEIGHTS = [7, 3, 1];

export const deIdCard = formatDetector({
  entity: 'DE_ID_CARD',
  label: 'NATID',
  tier: 'B',
  formats: ['AXXXXXXXX', 'AXXXXXXXX9'],
  context: [
    'personalausweis',
    'personalausweisnummer',
    'ausweis',
    'ausweisnummer',
    'reisepass',
    'passnummer',
    'id card',
    'identity card',
  ],
  check(value) {
    if (!PATTERN.test(value)) return false;
    if (value.length === 9) return /\d.*\d.*\d/.test(value);
    let sum = 0;
    for (let place = 0; place < 9; place++) {
      sum += Number.parseInt(value.charAt(place), 36) * (WEIGHTS[place % 3] ?? 0);
    }
    return sum % 10 === digitAt(value, 9);
  },
});
