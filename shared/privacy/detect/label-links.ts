// Finds the label beside a value: `SSN: 1`, `"ssn": "1"`, `<ssn>1</ssn>`, `ssn_number = 1`,
// `SSN (US) no. 1`, `my SSN is 1`, `{"name": "ssn", "value": "1"}`, `1 (SSN)`, `1 is my SSN`.
// Inspects a bounded window.

import { isLetter, isPartStart } from './context.ts';
import {
  CLOSE,
  codeAt,
  COLON,
  COMMA,
  GREATER,
  isDigit,
  isLetter as isAsciiLetter,
  isLower,
  isWord,
  MINUS,
  NEWLINE,
  OPEN,
  QUESTION,
  SPACE,
  UNDERSCORE,
} from './characters.ts';
import type { Kind, Label, Labels } from './labels.ts';
import { WordEdges } from './word-edges.ts';

const BEFORE_MAX = 64;
/** Words and tags skipped between label and value. */
const STEPS_MAX = 6;
const WORD_LENGTH_MAX = 14;
const PARENTHESIS_LENGTH_MAX = 24;

export const LINK = 1;
export const SOMETIMES = 2;

/** Signs between label and value. */
const LINK_SIGNS = ' \t\r"\'`\\:=#*([{|+-_.~\u00a0：＝（「『【“”„»«’‘→–—°º№';
export const LINK_CODES = new Uint8Array(0x10000);
for (const sign of LINK_SIGNS) LINK_CODES[sign.charCodeAt(0)] = LINK;
/** Signs of a link in some places. */
for (const sign of '>\n?(,') LINK_CODES[sign.charCodeAt(0)] = SOMETIMES;

/** Words between label and value that change nothing. */
const FILLERS = new Set(
  (
    'is are was the my no nr num number numbers id ids code value val text string str int # of for ' +
    'on at as to under a an and please following new old current primary main private contact valid ' +
    'ist lautet die der das nummer nr es el la su número numero num est le numéro n è é il ' +
    'jest to nummer är er on numer číslo numarası no ne olarak номер № رقم هو ' +
    'it s via unter auf bitte au al en para ao op pod na på po по ' +
    'holder spouse recipient beneficiary employer klienta pracodawcy odbiorcy nadawcy firmy klienten'
  ).split(' '),
);
/** Particles of languages without spaces. */
const PARTICLES = new Set(Array.from('はが의는은이가是为為号番の', (char) => char.charCodeAt(0)));

/** Words between a value and its label after it. */
const AFTER_WORDS = new Set(
  (
    'is es est ist är er è é my our your his her their the a an mi su mein meine dein ihre unsere ' +
    'mon ma notre votre vårt min mitt o il la el de número numéro numero number no as new other'
  ).split(' '),
);
/** What may follow a label that belongs to the value before it. */
const AFTER_END = /\s{0,2}(?:\.(?![A-Za-z\d])|[,;)\]!?|"'`\\\r\n<]|$)/y;

/** Words between two values of a list, and blank-separated parts of one value. */
const CONJUNCTIONS = new Set(
  'and or und oder et ou y o e ed en of og eller och ve veya и или i lub'.split(' '),
);
const ITEM_TOKENS_MAX = 5;
const FILLER_ENDS = new WordEdges(
  [...FILLERS, ...Array.from(PARTICLES, (code) => String.fromCharCode(code))],
  'last',
);
const CONJUNCTION_ENDS = new WordEdges([...CONJUNCTIONS], 'last');
const AFTER_STARTS = new WordEdges([...AFTER_WORDS], 'first');

/** Words between a label and its value, apart from speakers: before the value and after it. */
export const LINK_WORDS = {
  before: [...FILLERS, ...CONJUNCTIONS],
  after: [...AFTER_WORDS],
} as const;

const NO_KINDS: readonly Kind[] = [];

/** Returns the kinds of the label before `start`. */
export function kindsBefore(labels: Labels, text: string, start: number): readonly Kind[] {
  // A call: `sin(123456789)`.
  if (isAsciiLetter(codeAt(text, start - 1))) return NO_KINDS;
  const limit = Math.max(0, start - BEFORE_MAX);
  let best: Label | undefined;
  let at = start;
  let isPair = false;
  for (let step = 0; step < STEPS_MAX && at > limit; step++) {
    at = skipLink(text, at, limit, isPair);
    const code = codeAt(text, at - 1);
    if (code === CLOSE) {
      const open = openBefore(text, at, Math.max(limit, at - PARENTHESIS_LENGTH_MAX), '(');
      if (open === undefined) break;
      best = longer(best, labels.endingAt(text, at - 1));
      at = open;
      continue;
    }
    if (code === GREATER) {
      const tag = tagBefore(text, at, limit);
      if (!tag) break;
      best = longer(best, labels.endingAt(text, tag.nameEnd));
      at = tag.start;
      continue;
    }
    const wordEnd = withoutIndex(text, at);
    if (!mayEndWord(labels, text, at, wordEnd)) break;
    const item = itemBefore(text, at, limit);
    if (item !== undefined) {
      at = item;
      continue;
    }
    best = longer(best, labels.endingAt(text, wordEnd));
    const word = fillerStart(text, wordEnd) ?? speakerStart(text, wordEnd);
    if (word === undefined) break;
    isPair = wordEnd - word === 5 && text.slice(word, wordEnd).toLowerCase() === 'value';
    at = word;
  }
  return best?.kinds ?? NO_KINDS;
}

/** Whether a label, a filler, a conjunction or a speaker may end at `end`; rejects most at once. */
function mayEndWord(labels: Labels, text: string, end: number, wordEnd: number): boolean {
  const code = codeAt(text, end - 1);
  if (code === COMMA || wordEnd < end) return true;
  if (isDigit(code)) return labels.mayEndAt(text, end);
  if (!isLetter(code)) return false;
  return (
    labels.mayEndAt(text, end) ||
    FILLER_ENDS.mayBeAt(text, end) ||
    CONJUNCTION_ENDS.mayBeAt(text, end) ||
    codeAt(text, end) === COLON
  );
}

function longer(one: Label | undefined, other: Label | undefined): Label | undefined {
  if (!one || !other) return one ?? other;
  return other.edge < one.edge ? other : one;
}

/** Returns the kinds of the label that ends the phrase after `end`. */
export function kindsAfter(labels: Labels, text: string, end: number): readonly Kind[] {
  let at = end;
  while (at < end + 3 && isBlankOrOpen(codeAt(text, at))) at++;
  if (at === end) return NO_KINDS;
  for (let step = 0; step < STEPS_MAX; step++) {
    if (!isLetter(codeAt(text, at))) return NO_KINDS;
    if (!labels.mayStartAt(text, at) && !AFTER_STARTS.mayBeAt(text, at)) return NO_KINDS;
    const label = labels.startingAt(text, at);
    if (label) {
      AFTER_END.lastIndex = label.edge;
      if (AFTER_END.test(text)) return label.kinds;
    }
    let wordEnd = at;
    while (wordEnd - at < WORD_LENGTH_MAX && isLetter(codeAt(text, wordEnd))) wordEnd++;
    if (codeAt(text, wordEnd) !== SPACE) return NO_KINDS;
    if (!AFTER_WORDS.has(text.slice(at, wordEnd).toLowerCase())) return NO_KINDS;
    at = wordEnd + 1;
  }
  return NO_KINDS;
}

/** Returns the start of the signs before `at`; a line ends only behind a colon. */
function skipLink(text: string, start: number, limit: number, isPair: boolean): number {
  let at = start;
  while (at > limit) {
    const code = codeAt(text, at - 1);
    const kind = LINK_CODES[code];
    if (kind === 0) return at;
    if (kind === LINK) {
      at--;
      continue;
    }
    if (code === GREATER) {
      const before = codeAt(text, at - 2);
      if (before !== 61 && before !== MINUS) return at;
    } else if (code === NEWLINE) {
      if (!isPair && !endsWithColonOrQuestion(text, at - 1, limit)) return at;
    } else if (code === QUESTION) {
      // A ternary operator has a blank before it.
      if (!isLetter(codeAt(text, at - 2))) return at;
    } else if (code === OPEN ? isLower(codeAt(text, at - 2)) : !isPair) return at;
    at--;
  }
  return at;
}

function endsWithColonOrQuestion(text: string, end: number, limit: number): boolean {
  let at = end;
  while (at > limit && (codeAt(text, at - 1) === SPACE || codeAt(text, at - 1) === 13)) at--;
  const code = codeAt(text, at - 1);
  if (code === COLON || code === 0xff1a || code === QUESTION) return true;
  return code === 42 && codeAt(text, at - 2) === 42;
}

/** Returns the start of the next speaker: `What is your SSN? User: 123-45-6789`. */
export function speakerStart(text: string, end: number): number | undefined {
  if (codeAt(text, end) !== COLON) return undefined;
  let at = end;
  while (end - at < WORD_LENGTH_MAX && isLetter(codeAt(text, at - 1))) at--;
  let before = at;
  while (at - before < 3 && isBlankOrLineEnd(codeAt(text, before - 1))) before--;
  return at < end && before < at && codeAt(text, before - 1) === QUESTION ? at : undefined;
}

function isBlankOrLineEnd(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === 13;
}

/** Returns the start of a tag that ends at `end`, and the end of its name. */
function tagBefore(text: string, end: number, limit: number) {
  const start = openBefore(text, end, limit, '<');
  if (start === undefined) return undefined;
  let nameEnd = start + 1;
  while (nameEnd < end - 1 && !' \t/'.includes(text.charAt(nameEnd))) nameEnd++;
  return { start, nameEnd };
}

function openBefore(text: string, end: number, limit: number, open: string): number | undefined {
  for (let at = end - 1; at >= limit; at--) if (text[at] === open) return at;
  return undefined;
}

/** Without the number in `phone2` and `phone_2`. */
function withoutIndex(text: string, end: number): number {
  let at = end;
  while (end - at < 2 && isDigit(codeAt(text, at - 1))) at--;
  if (at === end) return end;
  if (codeAt(text, at - 1) === UNDERSCORE) return at - 1;
  // `IMEI 1:`, `Phone 2:`.
  if (
    codeAt(text, end) === COLON &&
    end - at === 1 &&
    codeAt(text, at - 1) === SPACE &&
    isLetter(codeAt(text, at - 2))
  )
    return at - 1;
  return isLetter(codeAt(text, at - 1)) ? at : end;
}

/** Returns the start of the value before a comma or an `and`: `passports: AB1234567 and …`. */
function itemBefore(text: string, end: number, limit: number): number | undefined {
  const from = codeAt(text, end - 1) === COMMA ? end - 1 : wordAndStart(text, end);
  if (from === undefined) return undefined;
  let at = from;
  let hasDigits = false;
  for (let tokens = 0; tokens < ITEM_TOKENS_MAX; tokens++) {
    const tokenEnd = codeAt(text, at - 1) === SPACE ? at - 1 : at;
    let start = tokenEnd;
    let digits = 0;
    while (start > limit && isItemCode(codeAt(text, start - 1))) {
      start--;
      if (isDigit(codeAt(text, start))) digits++;
    }
    const isLetters = tokenEnd - start <= 4 && /^[A-Z]+$/.test(text.slice(start, tokenEnd));
    if (start === tokenEnd || (digits === 0 && !isLetters)) break;
    hasDigits ||= digits > 0;
    at = start;
  }
  return hasDigits ? at : undefined;
}

/** Returns the start of a conjunction in blanks that ends at `end`. */
function wordAndStart(text: string, end: number): number | undefined {
  if (!CONJUNCTION_ENDS.mayBeAt(text, end)) return undefined;
  let at = end;
  while (end - at < 4 && isLetter(codeAt(text, at - 1))) at--;
  if (codeAt(text, at - 1) !== SPACE || !CONJUNCTIONS.has(text.slice(at, end).toLowerCase())) {
    return undefined;
  }
  return codeAt(text, at - 2) === COMMA ? at - 2 : at - 1;
}

export function isItemCode(code: number): boolean {
  return isWord(code) || code === 40 || code === 41 || code === 43 || (code >= MINUS && code <= 47);
}

/** Returns the start of the filler word that ends at `end`. */
function fillerStart(text: string, end: number): number | undefined {
  const last = codeAt(text, end - 1);
  if (last > 0x7f && PARTICLES.has(last)) return end - 1;
  if (!FILLER_ENDS.mayBeAt(text, end)) return undefined;
  let at = end;
  while (end - at < WORD_LENGTH_MAX && at > 0 && isLetter(codeAt(text, at - 1))) {
    at--;
    if (isPartStart(text, at) && FILLERS.has(text.slice(at, end).toLowerCase())) return at;
  }
  return undefined;
}

export function isBlankOrOpen(code: number): boolean {
  return code === SPACE || code === 9 || code === 40 || code === 91 || code === MINUS;
}
