// E-mail addresses with a spelled or encoded sign: `ann&#64;acme.io`, `ann (at) acme.io`,
// `ann [at] acme [dot] io`, `ann at acme dot io`.

import { isHarmlessEmail } from '../allow-list.ts';
import { DOT, isWord, MINUS, PLUS, SPACE, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { domainEnd, localStart } from './email.ts';

const LOCAL_LENGTH_MAX = 64;
/** Local parts that end a sentence rather than name a mailbox: `look (at) acme.io`. */
const WORDS = new Set(
  'look looked looking is are was were be meet me us them it here up'.split(' '),
);

/** Character references of `@` (HTML Standard, 13.5). */
const REFERENCES = ['&#64;', '&#064;', '&#x40;', '&commat;', '&#00064;'];
const BRACKETED = [
  ...[
    'ät',
    'arroba',
    'chiocciola',
    'małpa',
    'собака',
    'zavináč',
    'kukac',
    'snabel-a',
    'arobase',
  ].flatMap((word) => [`(${word})`, `[${word}]`]),
  '(at)',
  '[at]',
  '{at}',
  '<at>',
  '(@)',
  '[@]',
  '{@}',
];
const SPELLED = [' at '];
/** Words for the sign that are no prepositions, so the dots may stay dots. */
const SPELLED_SURELY = [
  ' arroba ',
  ' chiocciola ',
  ' małpa ',
  ' собака ',
  ' arobase ',
  ' zavináč ',
  ' kukac ',
];

/** A domain whose dots may be spelled, behind blanks. */
const SPELLED_DOT = String.raw`[ \t]{0,2}(?:[[({<]\s?(?:dot|punkt|point|punto|ponto|kropka|tečka|точка|\.)\s?[\])}>]|&#46;|&period;)[ \t]{0,2}`;
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const BRACKETED_DOMAIN = new RegExp(
  String.raw`[ \t]{0,2}(?<domain>${LABEL}(?:(?:\.|${SPELLED_DOT})${LABEL}){0,4}(?:\.|${SPELLED_DOT})[A-Za-z]{2,24})(?![\w-])`,
  'iy',
);
const WORDED_DOMAIN = new RegExp(
  String.raw`(?<domain>${LABEL}(?: dot ${LABEL}){0,3} dot [A-Za-z]{2,24})(?![\w-])`,
  'iy',
);
const DOTS = new RegExp(`${SPELLED_DOT}| dot `, 'gi');
const SPELLED_DOT_BEFORE =
  /(?<local>[\w+-]{1,32})(?: dot |[ \t]{0,2}[[({<]\s?dot\s?[\])}>][ \t]{0,2})$/i;
const BEFORE_REACH = 48;

const ENCODED_DOMAIN = /(?:[a-z\d-]{1,63}(?:\.|&#46;|&period;)){1,4}[a-z]{2,24}(?![\w-])/iy;

function encodedDomainEnd(text: string, start: number): number | undefined {
  ENCODED_DOMAIN.lastIndex = start;
  return ENCODED_DOMAIN.test(text) ? ENCODED_DOMAIN.lastIndex : undefined;
}

const shared = { entity: 'EMAIL_ADDRESS', label: 'EMAIL', tier: 'A' } as const;

export const emailEncoded: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: REFERENCES }],
  find(text, at, afterAt) {
    const end = domainEnd(text, afterAt) ?? encodedDomainEnd(text, afterAt);
    const start = end === undefined ? undefined : localStart(text, at);
    if (start === undefined || end === undefined) return undefined;
    const address = `${text.slice(start, at)}@${text.slice(afterAt, end)}`;
    return isHarmlessEmail(address) ? undefined : { start, end };
  },
};

export const emailSpelled: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: [...BRACKETED, ...SPELLED, ...SPELLED_SURELY] }],
  find(text, at, afterAt) {
    const isWorded = text.slice(at, afterAt).toLowerCase() === SPELLED[0];
    const form = isWorded ? WORDED_DOMAIN : BRACKETED_DOMAIN;
    form.lastIndex = afterAt;
    const domain = form.exec(text)?.groups?.['domain'];
    if (domain === undefined) return undefined;
    const end = form.lastIndex;
    const start = spelledLocalStart(text, at);
    if (start === undefined || WORDS.has(text.slice(start, at).trim().toLowerCase()))
      return undefined;
    return isHarmlessEmail(`a@${domain.replaceAll(DOTS, '.')}`) ? undefined : { start, end };
  },
};

/** Returns the start of a local part before blanks, whose dots may be spelled. */
function spelledLocalStart(text: string, at: number): number | undefined {
  let end = at;
  while (at - end < 2 && codeAt(text, end - 1) === SPACE) end--;
  let start = end;
  while (end - start < LOCAL_LENGTH_MAX && isLocalCode(codeAt(text, start - 1))) start--;
  while (start < end && !isWord(codeAt(text, start))) start++;
  if (start === end) return undefined;
  for (let dots = 0; dots < 3; dots++) {
    const local = SPELLED_DOT_BEFORE.exec(text.slice(Math.max(0, start - BEFORE_REACH), start));
    if (!local) break;
    start -= local[0].length;
  }
  return start;
}

function isLocalCode(code: number): boolean {
  return isWord(code) || code === DOT || code === MINUS || code === PLUS;
}
