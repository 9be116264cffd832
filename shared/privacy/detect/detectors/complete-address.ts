// Postal addresses by a form that proves them: a street with a number before a postal code and a town.

import { DOT, isUpper, MINUS, SPACE, codeAt } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { beginsWord, lineFrom } from '../personal/labelled-field.ts';
import { isPlausible } from '../personal/person-name.ts';
import { ADDRESS } from './street-address.ts';

const TYPE_WORDS =
  'street,st.,st,way,loop,gardens,square,mews,grove,park,hill,highway,hwy,parkway,pkwy,circle,trail,road,rd,rd.,avenue,ave,ave.,lane,ln,drive,dr.,court,crescent,boulevard,blvd,blvd.,terrace,close,rue,chemin,place,quai,impasse,allée,route,' +
  'calle,avenida,avda.,av.,paseo,plaza,carrer,via,viale,piazza,corso,vicolo,largo,rua,travessa,praça,estrada,ulica,ul.,al.,aleja,улица,ул.,проспект,пр.,переулок';
/** Also the ends of longer words: `Lindenallee`, `Kerkstraat`. */
const TYPE_ENDS =
  'straße,strasse,str.,weg,allee,platz,gasse,ring,ufer,damm,straat,laan,gracht,plein,caddesi,cad.,sokak,sok.'.split(
    ',',
  );
const CITY = String.raw`\p{Lu}[\p{L}\p{M}.'’-]{1,30}(?: [\p{L}\p{M}.'’-]{1,20}){0,2}`;
const STREET_WORD = String.raw`[\p{L}\p{M}.'’-]{1,30}`;
const CODE_AND_TOWN = String.raw`(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3})?|\d{2}-\d{3}|\d{4}(?: ?[A-Z]{2})?) ${CITY}`;
const BRITISH_OR_AMERICAN = String.raw`(?:\p{Lu}[\p{L}.'’-]{1,30},? ){1,4}(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2},? \d{5}(?:-\d{4})?|[A-Z]{2},? [A-Z]\d[A-Z] ?\d[A-Z]\d|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT) \d{4})`;
const COMMA = String.raw`(?:,|[ -]–|\\n|\r?\n) ?`;
const COMPLETE = new RegExp(
  [
    // Number first: `17 Harcourt Road, Bristol BS6 7RG`, `8 bis, avenue Victor-Hugo, 33000 Bordeaux`.
    `(?:(?:Flat|Apt\\.?|Apartment|Unit|Suite) ?\\w{1,5},? )?\\d{1,5}[a-zA-Z]?(?: ?(?:bis|ter))?,? (?:${STREET_WORD} ){0,4}${STREET_WORD}(?:,? (?:Apt|Suite|Unit|Flat)\\.? ?#?\\w{1,5})?${COMMA}(?:${CODE_AND_TOWN}|${BRITISH_OR_AMERICAN})`,
    // French addresses may have no comma: `12, rue de la Paix 75002 Paris`.
    `\\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|quai|allée|chemin|impasse|cours) (?:${STREET_WORD} ){0,5}${STREET_WORD} \\d{5} ${CITY}`,
    // Russian: `119019, г. Москва, ул. Ленина, д. 12, кв. 34`.
    `(?:\\d{6}, )?(?:(?:г\\.|город) ?${CITY}, )?(?:ул\\.|улица|пр\\.|проспект|пер\\.|переулок) ?${STREET_WORD}(?: ${STREET_WORD}){0,2}, (?:д\\.|дом)? ?\\d{1,4}[а-я]?(?:, (?:корп|к|стр)\\.? ?\\d{1,3})?(?:, (?:кв\\.|квартира) ?\\d{1,4})?`,
    // Number last: `Lindenallee 14a, 50823 Köln`, `Via Garibaldi 21, 00153 Roma`.
    `(?:${STREET_WORD} ){0,5}${STREET_WORD},? ?(?:n[º°.] ?)?\\d{1,4}(?:[a-zA-Z]| ?[a-c]|(?:[-/]| m\\. ?)\\d{1,4})?(?:, [^,\\n]{1,20})?${COMMA}${CODE_AND_TOWN}`,
  ].join('|'),
  'uy',
);
const ADDRESS_LENGTH_MAX = 120;

function ended(words: readonly string[]): string[] {
  return words.flatMap((word) => [`${word} `, `${word},`]);
}

/** A complete address, as below a letter: its form proves it. */
const completeAddress: Detector = {
  ...ADDRESS,
  triggers: [
    { kind: 'word', words: ended(TYPE_WORDS.split(',')), startsWord: true },
    { kind: 'word', words: ended(TYPE_ENDS) },
  ],
  find(text, start, end): Range | undefined {
    const word = text.slice(start, end - 1).toLowerCase();
    if (!TYPE_ENDS.includes(word) && !beginsWord(text, start)) return undefined;
    // A postal code, a number of a house and a capital: rare in code, and cheap to test.
    const after = text.slice(end, end + ADDRESS_LENGTH_MAX);
    if (
      !/\d{4}|д\. ?\d|дом \d|\d [A-Z\d]{3}|\d{2}-\d{3}|\d[A-Z]{2}\b/.test(after) ||
      !/\p{Lu}/u.test(after)
    )
      return undefined;
    for (const from of clauseStarts(text, start)) {
      COMPLETE.lastIndex = from;
      if (isOfFoundation(text, from)) continue;
      if (!COMPLETE.test(text)) continue;
      // The full stop of a sentence.
      const to = COMPLETE.lastIndex - Number(text[COMPLETE.lastIndex - 1] === '.');
      if (to > end) return { start: from, end: to };
    }
    return undefined;
  },
};

const STREET_AND_NUMBER =
  /(?:^|[\r\n"'`(:;>\t|]|\\n|, | (?:in|at|an|nach|von|aus) )[ \t*>-]{0,8}((?:\p{Lu}|C\/ ?)[\p{L}\p{M}.'’/-]{0,30}(?: [\p{L}\p{M}.'’-]{1,30}| \d{1,2}\. \p{Lu}\p{Ll}{2,12}){0,4} (?:\d{1,4}(?:[a-z]| ?[a-c]|[-/]\d{1,4})?|\d{2}(?: \d{2}){1,2}))(?:, ?|\r?\n[ \t]{0,8}|\\n)(?:[A-Z]{1,2}-)?$/u;
/** `10117` and `95014-1234`. */
const CODE_LENGTH = 5;
const LONG_CODE_LENGTH = 10;
const LINE_FEED = 10;
const CODE = /^\d{5}(?:-\d{4})?$/;
const NO_STREET =
  /\b(?:version|page|line|section|chapter|table|figure|seite|kapitel|port|error|code|id|nr|no|item|step|build|release|day|week|level|part|volume|issue|year|total|size|count|number|node|python|java|windows)\b/i;
const TOWN =
  /^ \p{Lu}[\p{Ll}\p{M}]{2,24}(?:[ -](?:\p{Lu}[\p{Ll}\p{M}]{1,20}|a[mn]|der|im|\(\p{Lu}[^()\n]{1,12}\))){0,3}(?![\p{L}\d_=:(])/u;
const AMERICAN =
  /(?<![\d.,-])(?:(?:P\.? ?O\.? Box \d{1,6}|\d{1,5} (?:[NSEW]\.? )?\p{Lu}[\p{L}.'’-]{1,20}(?: [\p{L}\d.'’#-]{1,20}){0,4})(?:, (?:Apt|Suite|Unit|Ste|#)\.? ?\w{1,5})?, \p{Lu}[\p{L}.'’-]{1,20}(?: \p{Lu}[\p{L}.'’-]{1,20}){0,2},? [A-Z]{2} )$/u;

/** `Unter den Linden 77, 10117 Berlin`, `1 Infinite Loop, Cupertino, CA 95014`: a postal code tells it. */
const addressBeforeCode: Detector = {
  ...ADDRESS,
  triggers: [{ kind: 'digits', digitsMin: 5, digitsMax: 9 }],
  find(text, start, end): Range | undefined {
    const length = end - start;
    if (length !== CODE_LENGTH && length !== LONG_CODE_LENGTH) return undefined;
    if (!mayFollowStreet(text, start, end) || !CODE.test(text.slice(start, end))) return undefined;
    const before = text.slice(Math.max(0, start - ADDRESS_LENGTH_MAX), start);
    const american = AMERICAN.exec(before)?.[0];
    if (american !== undefined) {
      return isOfFoundation(text, start - american.length)
        ? undefined
        : { start: start - american.length, end };
    }
    const town = TOWN.exec(text.slice(end, end + 60))?.[0];
    const street = town === undefined ? undefined : STREET_AND_NUMBER.exec(before);
    if (town === undefined || !street?.[1] || NO_STREET.test(street[1]) || !isPlausible(town))
      return undefined;
    const from = start - street[0].length + street[0].indexOf(street[1]);
    return { start: from, end: end + town.length };
  },
};

/** A town follows the code, or a state of America precedes it; the cheap test first. */
function mayFollowStreet(text: string, start: number, end: number): boolean {
  const after = codeAt(text, end);
  const before = codeAt(text, start - 1);
  if (after === DOT || (before !== SPACE && before !== LINE_FEED && before !== MINUS)) return false;
  if (before === SPACE && isUpper(codeAt(text, start - 2))) return true;
  const first = codeAt(text, end + 1);
  return after === SPACE && (isUpper(first) || first > 0x7f);
}

/** Where licences say to write to. */
function isOfFoundation(text: string, start: number): boolean {
  return /Software\s{1,4}(?:\S{1,3} +)?Foundation/.test(text.slice(Math.max(0, start - 60), start));
}

/** Where an address around `start` may begin: at a number or a capital, at most some words before. */
function clauseStarts(text: string, start: number): number[] {
  const from = Math.max(0, start - 48);
  const clause = /[^\r\n\t;:"`(){}<>|=\\!?]*$/.exec(text.slice(from, start))?.[0] ?? '';
  const base = start - clause.length;
  const starts = [...clause.matchAll(/(?<![\p{L}\p{M}\d-])(?:\d{1,5}|\p{Lu})/gu)].map(
    ({ index }) => base + index,
  );
  return [...starts.slice(-5), start];
}

/** `〒150-0041`. */
const japanesePostcode: Detector = {
  ...ADDRESS,
  triggers: [{ kind: 'word', words: ['〒'] }],
  find(text, _start, end): Range | undefined {
    const code = /^[ \u3000]?(\d{3}[-‐－]?\d{4})(?!\d)/.exec(text.slice(end, end + 12));
    if (!code?.[1]) return undefined;
    const start = end + code[0].length - code[1].length;
    const line = lineFrom(text, start + code[1].length, 80);
    const rest = /^[ \u3000]{1,2}[\u3040-\u30ff\u3400-\u9fff][^:：,、]{4,60}/.exec(line)?.[0];
    return { start, end: start + code[1].length + (rest?.length ?? 0) };
  },
};

/** `ADR;TYPE=HOME:;;Lindenallee 14a;Köln;;50823;Germany` of a vCard. */
const cardAddress: Detector = {
  ...ADDRESS,
  triggers: [{ kind: 'word', words: ['adr:', 'adr;'] }],
  find(text, start, end): Range | undefined {
    if (!/(?:^|[\r\n.]|\\n|["'`])$/.test(text.slice(Math.max(0, start - 2), start)))
      return undefined;
    const lead = /^[^:\r\n]{0,60}:;*/.exec(text.slice(end - 1, end + 80))?.[0].length;
    if (lead === undefined) return undefined;
    const from = end - 1 + lead;
    const value = /^[^\r\n"'`<>{}]{5,120}/
      .exec(text.slice(from, from + 120))?.[0]
      .replace(/\\[rn].*$|[;\s]+$/s, '');
    return value !== undefined && /;/.test(value) && /\p{L}{3}/u.test(value)
      ? { start: from, end: from + value.length }
      : undefined;
  },
};

export const COMPLETE_ADDRESSES: readonly Detector[] = [
  completeAddress,
  addressBeforeCode,
  cardAddress,
  japanesePostcode,
];
