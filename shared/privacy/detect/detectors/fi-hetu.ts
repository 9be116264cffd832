// Finnish personal identity codes: the date of birth, a century sign, a serial and a character
// modulo 31 (Digital and Population Data Services Agency).

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { formatDetector } from '../formats.ts';

const CHARACTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY';
/** With an optional century sign; `-` (1900) is a separator and left out of the value. */
const PATTERN = /^\d{6}[A-FU-Y]?\d{3}[\dA-Y]$/;

export const fiHetu = formatDetector({
  entity: 'FI_PERSONAL_IDENTITY_CODE',
  label: 'NATID',
  tier: 'A',
  formats: ['999999-999A', '999999-9999', '999999A999X'],
  check(value) {
    if (!PATTERN.test(value)) return false;
    const day = value.slice(0, 6);
    const serial = value.slice(-4, -1);
    return (
      Number(serial) > 1 &&
      isDayOfCentury(numberAt(day, 4, 2), numberAt(day, 2, 2), numberAt(day, 0, 2)) &&
      CHARACTERS.charAt(Number(day + serial) % 31) === value.at(-1)
    );
  },
});
