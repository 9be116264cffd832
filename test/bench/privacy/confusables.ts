// Values obfuscated against plain search, deliberately or not: variants that detectors must see through,
// and some that ours do not support, to document the limits.

import { seeded, type Chance } from '../../kit/seeded.ts';
import { labelOf, unmarked, type Sample } from './corpus.ts';
import type { Maker } from './maker.ts';
import { PERSONAL } from './personal-values.ts';
import { SECRETS } from './secret-values.ts';

const SAMPLES_EACH = 48;

type Confusable = (value: string, chance: Chance) => string;

/** An obfuscation and the text around it. */
interface Variant {
  readonly makerLabel: string;
  readonly confusable: Confusable;
  readonly around?: (confused: string) => string;
}

const fullWidth = (text: string): string =>
  text.replaceAll(/[0-9@]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));
const insert = (text: string, character: string, chance: Chance): string => {
  const at = 1 + chance(text.length - 1);
  return text.slice(0, at) + character + text.slice(at);
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

const VARIANTS: Readonly<Record<string, Variant>> = {
  'zero-width space in an address': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value, chance) => insert(value, '\u200b', chance),
  },
  'soft hyphen in an address': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value, chance) => insert(value, '\u00ad', chance),
  },
  'full-width @': { makerLabel: 'EMAIL_ADDRESS', confusable: fullWidth },
  '%40 in a URL': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) => value.replace('@', '%40'),
    around: (value) => `GET https://api.internal/find?mail=${value}&page=1`,
  },
  '\\u0040 in JSON in a string': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) => value.replace('@', '\\u0040'),
    around: (value) => `{"mail":"${value}","id":1}`,
  },
  'JSON in JSON in a string': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) => value,
    around: (value) => quoted(JSON.stringify({ note: `write to\n${value}\n` })),
  },
  '&#64; in HTML': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) => value.replace('@', '&#64;'),
  },
  'name (at) host (dot) com': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) => value.replace('@', ' (at) ').replaceAll('.', ' (dot) '),
  },
  'Cyrillic letter in an address': {
    makerLabel: 'EMAIL_ADDRESS',
    confusable: (value) =>
      value.replace(/[aeo]/, (character) => ({ a: 'а', e: 'е' })[character] ?? 'о'),
  },
  'full-width digits in a card': { makerLabel: 'CREDIT_CARD bare', confusable: fullWidth },
  'zero-width joiner in a card': {
    makerLabel: 'CREDIT_CARD bare',
    confusable: (value, chance) => insert(value, '\u200d', chance),
  },
  'Arabic digits in a card': {
    makerLabel: 'CREDIT_CARD bare',
    confusable: (value) =>
      value.replaceAll(/\d/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0x630)),
  },
  'dots between groups of a card': {
    makerLabel: 'CREDIT_CARD bare',
    confusable: (value) => value.replaceAll(/(\d{4})(?=\d)/g, '$1.'),
  },
  'a line break in a card': {
    makerLabel: 'CREDIT_CARD bare',
    confusable: (value) => `${value.slice(0, 8)}\n${value.slice(8)}`,
  },
  'no-break spaces in an IBAN': {
    makerLabel: 'IBAN_CODE grouped',
    confusable: (value) => value.replaceAll(' ', '\u00a0'),
  },
  'base64 around a key': {
    makerLabel: 'GITHUB_TOKEN',
    confusable: (value) => base64(`token=${value}\n`),
    around: (value) => `data:\n  token: ${value}\n`,
  },
  'base64 around a .env': {
    makerLabel: 'ANTHROPIC_KEY',
    confusable: (value) => base64(`A=1\nKEY=${value}\nB=2\n`),
    around: (value) => `data:\n  env: ${value}\n`,
  },
  'base64 twice': { makerLabel: 'GITHUB_TOKEN', confusable: (value) => base64(base64(value)) },
  'hex around a key': {
    makerLabel: 'GITHUB_TOKEN',
    confusable: (value) => Buffer.from(value).toString('hex'),
  },
  'URL-encoded connection string': {
    makerLabel: 'URL_CREDENTIALS',
    confusable: (value) => value,
    around: (value) => encodeURIComponent(value),
  },
  'zero-width space in a key': {
    makerLabel: 'GITHUB_TOKEN',
    confusable: (value, chance) => insert(value, '\u200b', chance),
  },
  'a key in two strings': {
    makerLabel: 'GITHUB_TOKEN',
    confusable: (value) => `${value.slice(0, 20)}' + '${value.slice(20)}`,
    around: (value) => `const token = '${value}';`,
  },
};

const MAKERS = new Map<string, Maker>(
  [...PERSONAL, ...SECRETS].map((maker) => [labelOf(maker), maker]),
);

/** Samples labelled by obfuscation; the complete obfuscated value is gold. */
export function confused(): Sample[] {
  return Object.entries(VARIANTS).flatMap(([label, { makerLabel, confusable, around }], place) => {
    const chance = seeded(500_000 + place);
    const maker = MAKERS.get(makerLabel);
    if (!maker) throw new RangeError(`there are no values of ${makerLabel}`);
    return Array.from({ length: SAMPLES_EACH }, () => {
      const sample = maker.make(chance);
      const value = /«(.*)»/s.exec(sample)?.[1] ?? sample;
      const hidden = `«${confusable(value, chance)}»`;
      const inside = sample.includes('«') ? sample.replace(`«${value}»`, () => hidden) : hidden;
      const written = around
        ? keepingMarks(around, inside)
        : `Please write to ${inside} about the card before Friday.`;
      return { label, kind: 'disguised', ...unmarked(written) };
    });
  });
}

/** Encodes a text but keeps its marks. */
function keepingMarks(around: (text: string) => string, inside: string): string {
  return around(inside).replaceAll('%C2%AB', '«').replaceAll('%C2%BB', '»');
}
