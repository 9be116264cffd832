// Details of cards and accounts: security code, expiry date, PIN and bank code. They are too short
// to be distinctive, so they are found after the word that names them. The `digits` triggers only
// match a value on its own.

import { isDigit, isLetter, isUpper, isWord, SLASH, standsAlone } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';

/** Maximum characters between name and value: `CVV (3 digits): 123`, `"cvv" : "123"`. */
const GAP_MAX = 20;

const NEAR_CARD = (
  'card,credit,debit,visa,mastercard,maestro,amex,karte,kreditkarte,carte,tarjeta,cartão,kaart,' +
  'iban,account,konto,bank,cvv,cvc,cvv2,cvc2,csc'
).split(',');

/** ISO 3166-1 alpha-2 codes, concatenated. */
const COUNTRIES =
  'ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCN' +
  'COCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHM' +
  'HNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMK' +
  'MLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURW' +
  'SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVI' +
  'VNVUWFWSXKYEYTZAZMZW';
const BIC = /^[A-Z]{4}([A-Z]{2})[A-Z\d]{2}(?:[A-Z\d]{3})?$/;

/** A name or a part of one, and no other word. */
const NAME = { kind: 'word', startsPart: true, after: /[^a-z]/ } as const;

export const cardCode: Detector = {
  entity: 'CREDIT_DEBIT_CARD_CVV',
  label: 'CODE',
  tier: 'B',
  triggers: [
    {
      ...NAME,
      words: (
        'cvv,cvc,csc,cvv2,cvc2,security code,prüfnummer,prüfziffer,código de seguridad,cryptogramme,' +
        'codice di sicurezza,código de segurança,beveiligingscode'
      ).split(','),
    },
    { kind: 'digits', digitsMin: 3, digitsMax: 4, isWhole: true },
  ],
  context: [...NEAR_CARD, 'security code', 'prüfnummer'],
  find: (text, start, end) => namedDigits(text, start, end, 3, 4),
};

export const pin: Detector = {
  entity: 'PIN',
  label: 'CODE',
  tier: 'B',
  triggers: [
    { ...NAME, words: ['pin', 'pin code', 'pin number'] },
    { kind: 'digits', digitsMin: 4, digitsMax: 6, isWhole: true },
  ],
  context: [...NEAR_CARD, 'atm', 'sim'],
  find: (text, start, end) => namedDigits(text, start, end, 4, 6),
};

export const cardExpiry: Detector = {
  entity: 'CREDIT_DEBIT_CARD_EXPIRY',
  label: 'EXPIRY',
  tier: 'B',
  triggers: [
    {
      ...NAME,
      words: (
        'exp,expiry,expires,expiration,valid thru,valid until,bis,ablaufdatum,caduca,caducidad,vence,' +
        'vencimiento,expire,scade,scadenza,validade,válida hasta,verloopt,ważna do,срок действия'
      ).split(','),
    },
    { kind: 'digits', digitsMin: 4, digitsMax: 6, isWhole: true },
  ],
  context: NEAR_CARD,
  find(text, start, end) {
    const from = isDigit(text.charCodeAt(start)) ? start : valueStart(text, start, end);
    if (from === undefined) return undefined;
    const month = text.slice(from, from + 3);
    if (!/^(?:0[1-9]|1[0-2])[/]$/.test(month)) return undefined;
    const to = digitsEnd(text, from + 3);
    const isYear = to === from + 5 || (to === from + 7 && text.startsWith('20', from + 3));
    const isHere = from !== start || isWhole(text, start, end);
    const isLonger = text.charCodeAt(to) === SLASH && isDigit(text.charCodeAt(to + 1));
    return isYear && isHere && !isLonger ? alone(text, from, to) : undefined;
  },
};

export const bankCode: Detector = {
  entity: 'SWIFT_CODE',
  label: 'BIC',
  tier: 'B',
  triggers: [{ ...NAME, words: ['bic', 'swift', 'swift code', 'swift/bic'] }],
  context: ['bic', 'swift', 'iban', 'bank', 'account', 'konto'],
  find(text, start, end) {
    if (!isName(text, start, end)) return undefined;
    for (let from = end; from < end + GAP_MAX; from++) {
      const code = text.charCodeAt(from);
      if (isBreak(code)) return undefined;
      if (!isUpper(code) || isWord(text.charCodeAt(from - 1))) continue;
      let to = from;
      while (to - from < 12 && isWord(text.charCodeAt(to))) to++;
      const country = BIC.exec(text.slice(from, to))?.[1];
      if (country !== undefined && isCountry(country)) return { start: from, end: to };
    }
    return undefined;
  },
};

/** Returns the digits after a name, or digits that are the whole text. */
function namedDigits(text: string, start: number, end: number, min: number, max: number) {
  if (isDigit(text.charCodeAt(start))) {
    return isWhole(text, start, end) && digitsEnd(text, start) === end ? { start, end } : undefined;
  }
  const from = valueStart(text, start, end);
  if (from === undefined) return undefined;
  const to = digitsEnd(text, from);
  return to - from >= min && to - from <= max ? alone(text, from, to) : undefined;
}

/** Returns the start of the number after a name in the same sentence. */
function valueStart(text: string, start: number, end: number): number | undefined {
  if (!isName(text, start, end)) return undefined;
  for (let index = end; index < end + GAP_MAX; index++) {
    const code = text.charCodeAt(index);
    if (isBreak(code)) return undefined;
    // `CVV (3 digits)` states a length.
    if (isDigit(code) && !isDigit(text.charCodeAt(index + 1))) continue;
    if (isDigit(code)) return index;
  }
  return undefined;
}

/**
 * Whether the range is a name or a part of one: `cvv`, `card_cvv`, `cardPin`, but not `mapping`.
 */
function isName(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const isCamelBoundary = isUpper(text.charCodeAt(start)) && !isUpper(before);
  if (isLetter(before) && !isCamelBoundary) return false;
  const after = text.charCodeAt(end);
  return !isLetter(after) || isUpper(after);
}

function isBreak(code: number): boolean {
  return Number.isNaN(code) || code === 10 || code === 59 || code === 123 || code === 125;
}

function digitsEnd(text: string, from: number): number {
  let index = from;
  while (index - from < 20 && isDigit(text.charCodeAt(index))) index++;
  return index;
}

function alone(text: string, start: number, end: number): Range | undefined {
  return standsAlone(text, start, end) ? { start, end } : undefined;
}

function isWhole(text: string, start: number, end: number): boolean {
  return start === 0 && end === text.length;
}

function isCountry(code: string): boolean {
  for (let at = COUNTRIES.indexOf(code); at >= 0; at = COUNTRIES.indexOf(code, at + 1)) {
    if (at % 2 === 0) return true;
  }
  return false;
}
