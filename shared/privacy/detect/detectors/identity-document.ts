// Passport and driving licence numbers of any country. They have no common format, so any capital
// letters and digits match near a context word: opt-in.

import { isDigit, isUpper, standsAlone, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';

const DIGITS_MIN = 4;

export const passport: Detector = {
  entity: 'PASSPORT',
  label: 'PASSPORT',
  tier: 'C',
  triggers: [
    { kind: 'run', lengthMin: 6, lengthMax: 9 },
    { kind: 'digits', digitsMin: 7, digitsMax: 9 },
  ],
  context: (
    'passport,passeport,reisepass,passnummer,pasaporte,passaporto,passaporte,paspoort,' +
    '护照,パスポート,паспорт'
  ).split(','),
  find: documentNumber,
};

export const driverLicense: Detector = {
  entity: 'DRIVER_LICENSE',
  label: 'LICENSE',
  tier: 'C',
  triggers: [
    { kind: 'run', lengthMin: 5, lengthMax: 18 },
    { kind: 'digits', digitsMin: 7, digitsMax: 12 },
  ],
  context: (
    'driver license,drivers license,driver s license,driving license,driving licence,driver licence,' +
    'dl no,dl number,führerschein,führerscheinnummer,permis de conduire,permiso de conducir,' +
    'licencia de conducir,patente di guida,rijbewijs'
  ).split(','),
  find: documentNumber,
};

/** Matches capital letters and digits without separators, with at least DIGITS_MIN digits. */
function documentNumber(text: string, start: number, end: number) {
  let digits = 0;
  for (let index = start; index < end; index++) {
    const code = codeAt(text, index);
    if (isDigit(code)) digits++;
    else if (!isUpper(code)) return undefined;
  }
  return digits >= DIGITS_MIN && standsAlone(text, start, end) ? { start, end } : undefined;
}
