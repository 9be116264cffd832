// National telephone numbers without a label: in the groups of one country, with a valid number of it, and
// behind the name of a contact (`Next of kin: Peter Holloway 07700 912345`).

import {
  beginsAlone,
  CLOSE,
  codeAt,
  COLON,
  COMMA,
  DOT,
  isLetter,
  MINUS,
  OPEN,
  SPACE,
  standsAlone,
} from '../characters.ts';
import type { Detector } from '../detector.ts';
import { isNationalNumber } from '../numbering-plans.ts';
import { extensionEnd, endsNumber, labelledPhoneEnd } from '../phone-forms.ts';

const shared = { entity: 'PHONE_NUMBER', label: 'PHONE' } as const;

/** Calling codes with the groups in which their numbers are written, the trunk prefix included. */
const FORMS: readonly (readonly [code: string, form: RegExp])[] = [
  ['44', /^0(?:2\d \d{4} \d{4}|1\d1 \d{3} \d{4}|1\d{3} \d{3} ?\d{3}|1\d{4} \d{3} ?\d{3})$/],
  ['33', /^0[1-9](?:([ .])\d\d)(?:\1\d\d){3}$/],
  ['49', /^01[567]\d[ /-]\d{7,8}$/],
  ['41', /^0\d\d \d{3} \d\d \d\d$/],
  ['43', /^06\d\d[ /]\d{3} ?\d{2} ?\d{2,3}$/],
  ['90', /^0\d{3} \d{3} \d\d \d\d$/],
  ['46', /^07\d-\d{3} \d\d \d\d$/],
  ['31', /^06[- ]\d{4} ?\d{4}$/],
  ['32', /^04\d\d[ /]\d\d[ .]\d\d[ .]\d\d$/],
  ['61', /^04\d\d \d{3} \d{3}$/],
  ['81', /^0(?:[789]0|\d)-\d{4}-\d{4}$/],
  ['82', /^0(?:1\d|2)-\d{3,4}-\d{4}$/],
  ['353', /^08\d \d{3} \d{4}$/],
  ['972', /^05\d-\d{3}-?\d{4}$/],
  ['966', /^05\d \d{3} \d{4}$/],
  ['234', /^0[789]\d{2} \d{3} \d{4}$/],
];

/** British mobile numbers; those of films and examples are unassigned. */
const BRITISH_MOBILE = /^07\d{3} \d{3} ?\d{3}$/;

/** Numbers of something else, by the word before them. */
const OTHER_NAME =
  /(?:order|invoice|ref|reference|id|serial|sku|part|item|article|art|ticket|case|file|tracking|lot|batch|model|version|build|isbn|ean|code|no|nr|key|bestell\w*|rechnung\w*|auftrag\w*|kunden\w*|artikel\w*|serien\w*|sendung\w*|vorgang\w*|commande|facture|dossier|colis|pedido|factura|ordine|fattura|zam\w*|faktur\w*|заказ\w*|номер)[.:#°\s"'=]{0,4}$/iu;
const OTHER_NAME_LENGTH = 24;

/** A byte beside the number: the groups are a part of a dump. */
const BYTE_BEFORE = /(?:^|[^\w])[\da-f]{2} {1,2}$/i;
const BYTE_AFTER = /^ {1,2}[\da-f]{2}(?!\w)/i;

/** A number of one country in its own groups. */
export const phoneByForm: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'digits', digitsMin: 9, digitsMax: 12 }],
  find(text, start, end) {
    if (text[start] !== '0' || !beginsAlone(text, start) || !endsNumber(text, end))
      return undefined;
    const written = text.slice(start, end);
    const digits = written.replaceAll(/\D/g, '');
    const isNumber =
      BRITISH_MOBILE.test(written) ||
      FORMS.some(([code, form]) => form.test(written) && isNationalNumber(code, digits));
    if (!isNumber || isCounting(written)) return undefined;
    const before = text.slice(Math.max(0, start - OTHER_NAME_LENGTH), start);
    if (OTHER_NAME.test(before) || BYTE_BEFORE.test(before)) return undefined;
    if (BYTE_AFTER.test(text.slice(end, end + 4))) return undefined;
    return { start, end: extensionEnd(text, end) };
  },
};

const CONTACT =
  /(?:next of kin|emergency contact|contact(?: person)?|in case of emergency|ice|notify|call|ring|phone|reach|guardian|notfallkontakt|kontakt|ansprechpartner(?:in)?|angehörige[rn]?|contact d['’]urgence|personne à prévenir|contacto(?: de emergencia)?|contatto|persona da contattare|contato|contactpersoon|osoba kontaktowa|kontaktperson|контактное лицо|緊急連絡先|紧急联系人|비상연락처)[\s:(–-]{1,3}[^\d\n|;{}=]{3,48}$/iu;
const CONTACT_LENGTH = 80;
/** The name ends with a letter, a bracket or a word such as `at`. */
const NAME_END = /[\p{L}.)][ ,:(–-]{1,3}$/u;
/** With a letter of two code units. */
const NAME_END_LENGTH = 5;

/** A number behind the name of a contact. */
export const phoneOfContact: Detector = {
  ...shared,
  tier: 'B',
  triggers: [{ kind: 'digits', digitsMin: 7, digitsMax: 13 }],
  find(text, start, end) {
    const sign = codeAt(text, start - 1);
    if ((sign !== SPACE && text[start - 1] !== '(') || !standsAlone(text, start, end))
      return undefined;
    if (isLetter(codeAt(text, end))) return undefined;
    if (!endsName(text, start)) return undefined;
    const to = labelledPhoneEnd(text, start, true);
    if (to !== end) return undefined;
    const before = text.slice(Math.max(0, start - CONTACT_LENGTH), start);
    return CONTACT.test(before) ? { start, end } : undefined;
  },
};

/** Whether a name may end before the signs before `start`. */
function endsName(text: string, start: number): boolean {
  let at = start;
  while (start - at < SIGNS_MAX && isSign(codeAt(text, at - 1))) at--;
  const last = codeAt(text, at - 1);
  if (last < 0x80) return at < start && (isLetter(last) || last === DOT || last === CLOSE);
  return NAME_END.test(text.slice(Math.max(0, start - NAME_END_LENGTH), start));
}

function isSign(code: number): boolean {
  return (
    code === SPACE ||
    code === COMMA ||
    code === COLON ||
    code === OPEN ||
    code === MINUS ||
    code === EN_DASH
  );
}

const SIGNS_MAX = 3;
const EN_DASH = 0x2013;

/** `01 02 03 04 05` */
function isCounting(written: string): boolean {
  const groups = written.split(/\D/).map(Number);
  return groups.every((group, at) => at === 0 || group === (groups[at - 1] ?? 0) + 1);
}
