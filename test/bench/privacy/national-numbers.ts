// National identifiers for the labelled corpus: valid by their published rules (endings are tried until
// the check digit fits), but never issued.

import {
  luhn,
  mod11And10,
  mod11Radix2,
  mod97,
  verhoeff,
  weightedSum,
} from '../../../shared/privacy/detect/checksums.ts';
import { digitsBy, pick, type Chance } from '../../kit/seeded.ts';
import { completed, DIGITS, grouped, two, type Maker } from './maker.ts';

const ymd = (chance: Chance): string =>
  two(40 + chance(60)) + two(1 + chance(12)) + two(1 + chance(28));
const dmy = (chance: Chance): string =>
  grouped(ymd(chance), [2, 2, 2], '-').split('-').toReversed().join('');
const remainder = (weights: readonly number[], modulus: number) => (value: string) =>
  weightedSum(value, weights) % modulus === 0;

/** A check letter from a list, by remainder. */
const withLetter = (letters: string, digits: string, number = digits) =>
  digits + letters.charAt(Number(number) % letters.length);

const NIF_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY';

function singapore(chance: Chance): string {
  const digits = digitsBy(chance, 7);
  return `S${digits}${'JZIHGFEDCBA'.charAt(weightedSum(digits, [2, 7, 6, 5, 4, 3, 2]) % 11)}`;
}

function ssn(chance: Chance): string {
  const area = pick(chance, [101, 219, 345, 512, 601, 733, 899]) - chance(9);
  return `${String(area).padStart(3, '0')}-${two(1 + chance(99))}-${String(1 + chance(9999)).padStart(4, '0')}`;
}

function turkish(chance: Chance): string {
  const body = `${1 + chance(9)}${digitsBy(chance, 8)}`;
  const at = (place: number) => Number(body.charAt(place));
  const odd = at(0) + at(2) + at(4) + at(6) + at(8);
  const tenth = (((odd * 7 - at(1) - at(3) - at(5) - at(7)) % 10) + 10) % 10;
  return `${body}${tenth}${(odd + at(1) + at(3) + at(5) + at(7) + tenth) % 10}`;
}

/** CPF and CNPJ: two check digits with weights from 2, right to left. */
function brazilian(chance: Chance): string {
  let digits = digitsBy(chance, 9);
  for (let round = 0; round < 2; round += 1) {
    const sum = Array.from(digits).reduce(
      (total, digit, place) => total + Number(digit) * (digits.length + 1 - place),
      0,
    );
    digits += sum % 11 < 2 ? 0 : 11 - (sum % 11);
  }
  return `${grouped(digits.slice(0, 9), [3, 3, 3], '.')}-${digits.slice(9)}`;
}

/** Ten digits, with one repeated at the end, as in German tax numbers. */
function oneRepeated(chance: Chance): string {
  const left = DIGITS.slice(1);
  const order = Array.from({ length: 9 }, () => left.splice(chance(left.length), 1)[0] ?? '');
  return [...order, order[0]].join('');
}

/** Values of 0-9 and A-Z at odd positions of an Italian code. */
const ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function italian(chance: Chance): string {
  const letters = (list: string, length: number) =>
    Array.from({ length }, () => pick(chance, Array.from(list))).join('');
  const name = letters('BCDFGLMNPRSTV', 6);
  const day = `${two(40 + chance(60))}${letters('ABCDEHLMPRST', 1)}${two(1 + chance(28))}`;
  const body = `${name}${day}${letters('ABCDEFGHL', 1)}${digitsBy(chance, 3)}`;
  const sum = Array.from(body).reduce((total, character, place) => {
    const rank = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    return total + (place % 2 === 0 ? (ODD[rank] ?? 0) : rank);
  }, 0);
  return body + String.fromCharCode(65 + (sum % 26));
}

const NHS_WEIGHTS = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
export const NATIONAL: readonly Maker[] = [
  { entity: 'US_SSN', form: 'dashed', name: 'number', make: ssn },
  {
    entity: 'US_SSN',
    form: 'bare',
    name: 'SSN',
    make: (chance) => ssn(chance).replaceAll('-', ''),
  },
  {
    entity: 'US_ITIN',
    name: 'tax id',
    make: (chance) => `9${digitsBy(chance, 2)}-${70 + chance(19)}-${digitsBy(chance, 4)}`,
  },
  {
    entity: 'UK_NHS',
    name: 'NHS number',
    make: (chance) =>
      grouped(
        completed(() => digitsBy(chance, 9), remainder(NHS_WEIGHTS, 11)),
        [3, 3, 4],
        pick(chance, [' ', '']),
      ),
  },
  {
    entity: 'UK_NINO',
    name: 'NINO',
    make: (chance) =>
      `${pick(chance, ['AB', 'JG', 'PW', 'SR'])}${digitsBy(chance, 6)}${pick(chance, ['A', 'B', 'C', 'D'])}`,
  },
  {
    entity: 'CA_SIN',
    name: 'social insurance number',
    make: (chance) =>
      completed(
        () => `${1 + chance(7)}${digitsBy(chance, 7)}`,
        (value) => luhn(value),
      ),
  },
  {
    entity: 'AU_TFN',
    name: 'TFN',
    make: (chance) =>
      completed(
        () => `${1 + chance(9)}${digitsBy(chance, 7)}`,
        remainder([1, 4, 3, 7, 5, 8, 6, 9, 10], 11),
      ),
  },
  {
    entity: 'US_NPI',
    name: 'NPI',
    make: (chance) =>
      completed(
        () => `1${digitsBy(chance, 8)}`,
        (value) => luhn(`80840${value}`),
      ),
  },
  {
    entity: 'ABA_ROUTING_NUMBER',
    name: 'routing number',
    make: (chance) =>
      completed(
        () => `0${1 + chance(9)}${digitsBy(chance, 6)}`,
        remainder([3, 7, 1, 3, 7, 1, 3, 7, 1], 10),
      ),
  },
  {
    entity: 'PL_PESEL',
    name: 'PESEL',
    make: (chance) =>
      completed(
        () => ymd(chance) + digitsBy(chance, 4),
        remainder([1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10),
      ),
  },
  {
    entity: 'SE_PERSONNUMMER',
    name: 'personnummer',
    make: (chance) =>
      grouped(
        completed(
          () => ymd(chance) + digitsBy(chance, 3),
          (value) => luhn(value),
        ),
        [6, 4],
        '-',
      ),
  },
  {
    entity: 'ZA_ID_NUMBER',
    name: 'ID number',
    make: (chance) =>
      completed(
        () => `${ymd(chance)}${digitsBy(chance, 4)}08`,
        (value) => luhn(value),
      ),
  },
  { entity: 'TR_NATIONAL_ID', name: 'kimlik no', make: turkish },
  {
    entity: 'IN_AADHAAR',
    name: 'Aadhaar',
    make: (chance) =>
      grouped(
        completed(() => `${2 + chance(8)}${digitsBy(chance, 10)}`, verhoeff),
        [4, 4, 4],
        pick(chance, [' ', '']),
      ),
  },
  {
    entity: 'DE_TAX_ID',
    name: 'Steuer-ID',
    make: (chance) => completed(() => oneRepeated(chance), mod11And10),
  },
  {
    entity: 'BR_CPF',
    name: 'CPF',
    make: brazilian,
  },
  {
    entity: 'FR_NIR',
    name: 'NIR',
    make: (chance) => {
      const born = `${1 + chance(2)}${two(40 + chance(60))}${two(1 + chance(12))}`;
      const body = `${born}${two(1 + chance(95))}${digitsBy(chance, 6)}`;
      return body + two(97 - mod97(body));
    },
  },
  {
    entity: 'CN_RESIDENT_ID',
    name: 'resident ID',
    make: (chance) =>
      completed(
        () =>
          `110105${1950 + chance(60)}${two(1 + chance(12))}${two(1 + chance(28))}${digitsBy(chance, 3)}`,
        mod11Radix2,
        [...DIGITS, 'X'],
      ),
  },
  {
    entity: 'NL_BSN',
    name: 'BSN',
    make: (chance) =>
      completed(
        () => `${1 + chance(9)}${digitsBy(chance, 7)}`,
        remainder([9, 8, 7, 6, 5, 4, 3, 2, -1], 11),
      ),
  },
  {
    entity: 'BE_NATIONAL_NUMBER',
    name: 'national number',
    make: (chance) => {
      const body = ymd(chance) + digitsBy(chance, 3);
      const [year = '', month = '', day = ''] = grouped(body, [2, 2, 2], '.').split('.');
      return `${year}.${month}.${day}-${body.slice(6)}.${two(97 - mod97(body))}`;
    },
  },
  {
    entity: 'DK_CPR',
    name: 'CPR',
    make: (chance) => grouped(dmy(chance) + digitsBy(chance, 4), [6, 4], '-'),
  },
  {
    entity: 'ES_NIF',
    name: 'document',
    make: (chance) => withLetter(NIF_LETTERS, digitsBy(chance, 8)),
  },
  {
    entity: 'ES_NIE',
    name: 'document',
    make: (chance) => `X${withLetter(NIF_LETTERS, digitsBy(chance, 7))}`,
  },
  {
    entity: 'FI_PERSONAL_IDENTITY_CODE',
    name: 'code',
    make: (chance) => {
      const day = dmy(chance);
      const serial = String(2 + chance(898)).padStart(3, '0');
      return `${day}-${withLetter(HETU_LETTERS, serial, day + serial)}`;
    },
  },
  { entity: 'SG_NRIC_FIN', name: 'identity', make: singapore },
  {
    entity: 'IT_FISCAL_CODE',
    name: 'document',
    make: italian,
  },
  {
    entity: 'DE_VAT_ID',
    name: 'firm',
    make: (chance) => `DE${completed(() => `${1 + chance(9)}${digitsBy(chance, 7)}`, mod11And10)}`,
  },
];
