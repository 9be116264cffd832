// Postal codes of five digits (US, DE, FR, ES, IT and others), British and Canadian ones. Opt-in
// and only with context because five digits are weak evidence.

import { isWord, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { formatDetector } from '../formats.ts';

const LENGTH_MAX = 8;
const WITH_LETTERS = /^(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?![A-Za-z\d_])/;

const shared = {
  entity: 'POSTCODE',
  label: 'POSTCODE',
  tier: 'C',
  context: (
    'postcode,post code,postal code,zip,plz,postleitzahl,code postal,código postal,codigo postal,' +
    'codice postale,cap,cep,邮编,邮政编码,郵便番号'
  ).split(','),
} as const;

export const postcode = formatDetector({
  ...shared,
  formats: ['99999', '99999-9999'],
  check: () => true,
});

export const postcodeWithLetters: Detector = {
  ...shared,
  triggers: [{ kind: 'run', lengthMin: 2, lengthMax: 7 }],
  find(text, start) {
    const match = WITH_LETTERS.exec(text.slice(start, start + LENGTH_MAX + 1));
    if (!match || isWord(codeAt(text, start - 1))) return undefined;
    return { start, end: start + match[0].length };
  },
};
