// Finnish personal codes: the day of birth, a sign for the century, a serial and a character modulus
// 31 (Digital and Population Data Services Agency).

import { isDayOfCentury, numberAt } from '../calendar.ts';
import { shaped } from '../shapes.ts';

const CHARACTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY';
/** Of 1900 and of 2000 on; `-` is of 1900 too and is left out of the value. */
const FORM = /^\d{6}[A-FU-Y]?\d{3}[\dA-Y]$/;

export const fiHetu = shaped({
  entity: 'FI_PERSONAL_IDENTITY_CODE',
  label: 'NATID',
  tier: 'A',
  shapes: ['999999-999A', '999999-9999', '999999A999X'],
  check(value) {
    if (!FORM.test(value)) return false;
    const day = value.slice(0, 6);
    const serial = value.slice(-4, -1);
    return (
      Number(serial) > 1 &&
      isDayOfCentury(numberAt(day, 4, 2), numberAt(day, 2, 2), numberAt(day, 0, 2)) &&
      CHARACTERS.charAt(Number(day + serial) % 31) === value.at(-1)
    );
  },
});
