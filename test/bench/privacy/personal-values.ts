// Contact and payment data for the labelled corpus. Phone numbers use ranges reserved for fiction where
// valid, domains are invented, and cards only have an issuer's range and a check digit.

import { hash } from 'node:crypto';
import { base58CheckVersion, luhn, mod97 } from '../../../shared/privacy/detect/checksums.ts';
import { BASE58 } from '../../../shared/runtime/ids.ts';
import { digitsBy, pick, type Chance } from '../../kit/seeded.ts';
import { completed, grouped, two, type Maker } from './maker.ts';

const FIRST_NAMES = 'ann bob maria chen olu ines jamal petra yuki lars fatima diego'.split(' ');
const LAST_NAMES = 'lee brandt okoro silva novak haas moreau rossi tanaka dahl'.split(' ');
const FIRMS = 'northwind-labs quarzwerk heronbay-mail lindenpost tidewater-clinic'.split(' ');
const PLACES = 'com org net io de co.uk fr health email'.split(' ');

function card(chance: Chance): string {
  const [start = '', length = 16] = pick(chance, [
    ['4', 16],
    ['4', 16],
    ['53', 16],
    ['2230', 16],
    ['37', 15],
    ['36', 14],
    ['6011', 16],
    ['3530', 16],
    ['6212', 19],
  ] as const);
  return completed(
    () => start + digitsBy(chance, length - start.length - 1),
    (value) => luhn(value),
  );
}

const IBAN_FORMS: readonly (readonly [country: string, form: string])[] = [
  ['DE', '9'.repeat(18)],
  ['GB', `AAAA${'9'.repeat(14)}`],
  ['FR', '9'.repeat(23)],
  ['NL', `AAAA${'9'.repeat(10)}`],
  ['ES', '9'.repeat(20)],
  ['NO', '9'.repeat(11)],
];

function iban(chance: Chance): string {
  const [country, form] = pick(chance, IBAN_FORMS);
  const body = form
    .replaceAll('9', () => String(chance(10)))
    .replaceAll('A', () => pick(chance, Array.from('ABCDEFGHKLMNPRST')));
  return country + two(98 - mod97(`${body}${country}00`)) + body;
}

function bitcoin(chance: Chance): string {
  const payload = Buffer.from([0, ...Array.from({ length: 20 }, () => chance(256))]);
  const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer');
  const bytes = Buffer.concat([payload, sha256(sha256(payload)).subarray(0, 4)]);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let address = '';
  for (; rest > 0n; rest /= 58n) address = BASE58.charAt(Number(rest % 58n)) + address;
  const full = `1${address}`;
  return base58CheckVersion(full) === 0 ? full : bitcoin(chance);
}

const octet = (chance: Chance): string => chance(256).toString(16).padStart(2, '0');

export const PERSONAL: readonly Maker[] = [
  {
    entity: 'EMAIL_ADDRESS',
    name: 'email',
    make: (chance) => {
      const local = `${pick(chance, FIRST_NAMES)}${pick(chance, ['.', '_', '', '+new.'])}`;
      return `${local}${pick(chance, LAST_NAMES)}@${pick(chance, FIRMS)}.${pick(chance, PLACES)}`;
    },
  },
  { entity: 'CREDIT_CARD', form: 'bare', name: 'card number', make: card },
  {
    entity: 'CREDIT_CARD',
    form: 'grouped',
    name: 'card number',
    make: (chance) => {
      const value = card(chance);
      const groups =
        value.length === 15 ? [4, 6, 5] : value.length === 14 ? [4, 6, 4] : [4, 4, 4, 4, 3];
      return grouped(value, groups, pick(chance, [' ', '-'])).replace(/[ -]$/, '');
    },
  },
  { entity: 'IBAN_CODE', form: 'bare', name: 'account', make: iban },
  {
    entity: 'IBAN_CODE',
    form: 'grouped',
    name: 'account',
    make: (chance) => iban(chance).replaceAll(/(.{4})(?=.)/g, '$1 '),
  },
  {
    entity: 'PHONE_NUMBER',
    form: '+',
    name: 'phone',
    make: (chance) =>
      pick(chance, [
        () => `+1 ${pick(chance, ['415', '212', '303'])} 555 01${digitsBy(chance, 2)}`,
        () => `+1${pick(chance, ['415', '212', '303'])}55501${digitsBy(chance, 2)}`,
        () => `+44 20 7946 0${digitsBy(chance, 3)}`,
        () => `+44 7400 123${digitsBy(chance, 3)}`,
        () => `+49 30 23125 ${digitsBy(chance, 3)}`,
        () => `+33 1 99 00 ${digitsBy(chance, 2)} ${digitsBy(chance, 2)}`,
        () => `+61 2 5550 ${digitsBy(chance, 4)}`,
      ])(),
  },
  {
    entity: 'PHONE_NUMBER',
    form: 'national',
    name: 'phone',
    make: (chance) =>
      pick(chance, [
        () => `(415) 555-01${digitsBy(chance, 2)}`,
        () => `212-555-01${digitsBy(chance, 2)}`,
        () => `020 7946 0${digitsBy(chance, 3)}`,
        () => `07400 123${digitsBy(chance, 3)}`,
        () => `030 23125 ${digitsBy(chance, 3)}`,
        () => `01 99 00 ${digitsBy(chance, 2)} ${digitsBy(chance, 2)}`,
      ])(),
  },
  {
    entity: 'IP_ADDRESS',
    form: 'v4',
    name: 'client ip',
    make: (chance) => `${81 + chance(9)}.${chance(256)}.${chance(256)}.${1 + chance(254)}`,
  },
  {
    entity: 'IP_ADDRESS',
    form: 'v6',
    name: 'client ip',
    make: (chance) => `2a02:8${octet(chance)}:${octet(chance)}9a::${octet(chance)}${octet(chance)}`,
  },
  {
    entity: 'MAC_ADDRESS',
    name: 'device',
    make: (chance) => `f0:18:98:${octet(chance)}:${octet(chance)}:${octet(chance)}`,
  },
  { entity: 'CRYPTO', name: 'wallet', make: bitcoin },
];

/** Entities without a pattern or checksum; found by a recognizer or a nearby keyword. */
export const UNRULY: readonly Maker[] = [
  {
    entity: 'PERSON',
    name: 'name',
    make: (chance) => {
      const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
      return `${capital(pick(chance, FIRST_NAMES))} ${capital(pick(chance, LAST_NAMES))}`;
    },
  },
  {
    entity: 'STREET_ADDRESS',
    name: 'address',
    make: (chance) =>
      `${1 + chance(200)} ${pick(chance, ['Harbour', 'Linden', 'Mill'])} Road, ${pick(chance, ['Leeds', 'Graz', 'Lyon'])}`,
  },
  {
    entity: 'DATE_OF_BIRTH',
    name: 'date of birth',
    make: (chance) => `${two(1 + chance(28))}/${two(1 + chance(12))}/19${40 + chance(60)}`,
  },
  { entity: 'PASSPORT', name: 'passport', make: (chance) => `C${digitsBy(chance, 8)}` },
];
