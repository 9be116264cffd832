// Mexican population codes: letters of the name, the date of birth, sex, state, and a digit modulo
// 10 (RENAPO).

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { digitAt } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const PATTERN =
  /^[A-Z]{4}\d{6}[HMX](?:AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|YN|ZS|NE)[B-DF-HJ-NP-TV-Z]{3}[\dA-Z]\d$/;
const CHARACTERS = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';

export const mxCurp = formatDetector({
  entity: 'MX_CURP',
  label: 'NATID',
  tier: 'A',
  formats: ['AAAA999999AAAAAAX9'],
  check(value) {
    if (!PATTERN.test(value)) return false;
    if (!isDayOfCentury(numberAt(value, 4, 2), numberAt(value, 6, 2), numberAt(value, 8, 2))) {
      return false;
    }
    let sum = 0;
    for (let place = 0; place < 17; place++) {
      sum += CHARACTERS.indexOf(value.charAt(place)) * (18 - place);
    }
    return (10 - (sum % 10)) % 10 === digitAt(value, 17);
  },
});
