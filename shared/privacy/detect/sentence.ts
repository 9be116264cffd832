// Reads what a sentence says a secret is: `the password for staging is …`, `Passwort lautet …`,
// `mot de passe du serveur : …`, `パスワードは…です`, or on the line after the name.

import { codeAt, isBlank, isLetter, SPACE, TAB } from './characters.ts';
import { mayBeginSecret, mayBeSecret } from './secret-value.ts';
import { afterName, BELOW, BESIDE, OWNER_NAMED, PREPOSITIONS, SAID } from './sentence-start.ts';
import type { Assignment } from './assignment.ts';
import { proseValue } from './prose-value.ts';
import type { Range } from './detector.ts';

const VERBS =
  'is now|is still|is|was|are|will be|should be|used to be|has been (?:re)?set to|has been changed to|(?:was )?(?:set|changed|reset) to|' +
  "to(?! be)|it['’]s|c['’]est|ist|lautet|war|est|es|era|è|é|jest|brzmi|je|este|luidt|är|er|on|là|ialah|adalah|है|هي|هو|است|είναι|это|" +
  '—|–|-|->|=>|→';
const WORD = String.raw`[\p{L}\p{N}_.@'’/][\p{L}\p{N}_.@'’/-]{0,39}`;
/** `for the staging server`: at most five words. */
const OWNER = String.raw`(?:[ \t]{1,3}(?:${PREPOSITIONS})[ \t]{1,3}(?:${WORD}[ \t]{1,3}){0,4}${WORD})?`;
const SAYS = new RegExp(
  String.raw`(?:[ \t]{1,3}\p{L}{3,20}(?=[ \t]{1,3}(?:${VERBS})[ \t:：]|[ \t]{0,3}[:：=]))?${OWNER}(?:[ \t]{1,3}(?:${VERBS})(?=[ \t:：])[ \t]{0,3}[:：]?|(?:[ \t]{1,2}\p{L}{3,12})?[?,.!]{1,2}[ \t]{1,3}(?:it['’]s|it is|which is|namely)(?: now)?(?=[ \t])|[ \t]{0,3}[:：=]|['’]s(?=[ \t])|(?:[はがをは是为為는은이가]|[设設改][为為成]|重置为)[:：]?)[ \t]{0,3}`,
  'uy',
);
const DIRECTLY = /,?[ \t]{1,3}(?=[^\s])/y;
/** `x is the password`, `use x as your new password`. */
const BEFORE =
  /(?<value>[^\s"'`„“”«»(),;]{6,64})(?<gap>["'`“”»]?[ \t]{1,3}(?:is|was|as|for|ist|als|est|comme|es|como|è|come|é)[ \t]{1,3}(?:(?:the|my|your|our|a|das|dein|mein|le|la|el|il)[ \t]{1,3})?(?:\p{L}{1,14}[ \t]{1,3}){0,2})$/u;
const BEFORE_LENGTH_MAX = 128;
const VERBS_BEFORE = new Set('is was as for ist als est comme es como è come é'.split(' '));
/** `пароль для почты x`: without a verb, what contains a symbol and a digit. */
const OWNED = new RegExp(
  String.raw`[ \t]{1,3}(?:${PREPOSITIONS})[ \t]{1,3}(?:${WORD}[ \t]{1,3}){1,3}(?=[^\s]{0,30}[!#$%^*~])`,
  'uy',
);
const NEXT_LINE = /[ \t]{0,3}[:：]?[ \t]{0,8}(?:\r?\n|\\n)[ \t]{0,8}/y;
const QUOTE_MARK = /[„“”‘’«「『"'`*_]{1,2}/y;
const LINE_LEAD_LENGTH_MAX = 40;
/** A quotation mark and the longest value. */
const PROSE_LENGTH_MAX = 514;
const ONLY_WORDS = /(?:^|\n|\\n)[ \t>*#•-]{0,8}(?:[A-Za-z]{1,12} ){0,3}$/;
const END_OF_LINE = /[ \t]{0,8}(?:\r?\n|\\n|$)/y;

export interface SentenceValue extends Assignment {
  /** `said` by a verb, `beside` the name without one or before it, or on the line `below`. */
  readonly place: 'said' | 'beside' | 'below';
}

/** Returns the candidates for the value of the name at `[start, end)`, the most certain first. */
export function sentenceValues(text: string, start: number, end: number): SentenceValue[] {
  const found: SentenceValue[] = [];
  addValuesAfter(text, start, end, found);
  const groups = valueBefore(text, start);
  if (groups) {
    const valueEnd = start - (groups['gap'] ?? '').length;
    const from = valueEnd - (groups['value'] ?? '').length;
    found.push({ start: from, end: valueEnd, notation: 'loose', place: 'beside' });
  }
  return found;
}

function addValuesAfter(text: string, start: number, end: number, found: SentenceValue[]): void {
  const after = afterName(text, end);
  if (after === 0) return;
  for (const { place, lead, kind } of PLACES) {
    if ((after & kind) === 0) continue;
    lead.lastIndex = end;
    if (!lead.test(text)) continue;
    const from = lead.lastIndex;
    if (!mayBeginSecret(text, from, PROSE_LENGTH_MAX)) continue;
    const value = valueAt(text, from);
    if (!value) continue;
    if (place === 'below' && !isAlone(text, start, value)) continue;
    found.push({ ...value, notation: 'loose', place });
  }
}

const PLACES = [
  { place: 'said', lead: SAYS, kind: SAID },
  { place: 'beside', lead: DIRECTLY, kind: BESIDE },
  { place: 'beside', lead: OWNED, kind: OWNER_NAMED },
  { place: 'below', lead: NEXT_LINE, kind: BELOW },
] as const;

/** Most names follow neither a blank nor a verb. */
function valueBefore(text: string, start: number) {
  if (text[start - 1] !== ' ' || !hasVerbBefore(text, start)) return undefined;
  const before = text.slice(Math.max(0, start - BEFORE_LENGTH_MAX), start);
  return BEFORE.exec(before)?.groups;
}

const WORDS_MAX = 4;
const WORD_LENGTH_MAX = 14;
const VERB_LENGTH_MAX = 5;
/** A value and a quote after it. */
const VALUE_LENGTH_MAX = 65;

/** Whether one of the last words before `end` is a verb behind what may be a secret, and only words follow it. */
function hasVerbBefore(text: string, end: number): boolean {
  let at = end;
  for (let words = 0; words < WORDS_MAX; words++) {
    while (at > 0 && isGap(codeAt(text, at - 1))) at--;
    const wordEnd = at;
    const limit = Math.max(0, wordEnd - WORD_LENGTH_MAX);
    while (at > limit && isLetterOfWord(codeAt(text, at - 1))) at--;
    if (at === 0 || at === wordEnd || !isGap(codeAt(text, at - 1))) return false;
    if (wordEnd - at <= VERB_LENGTH_MAX && isVerb(text, at, wordEnd) && mayBeSaidBefore(text, at))
      return true;
  }
  return false;
}

/** Whether the word and blanks before the verb at `end` may be a secret. */
function mayBeSaidBefore(text: string, end: number): boolean {
  let at = end;
  while (isGap(codeAt(text, at - 1))) at--;
  const limit = Math.max(0, at - VALUE_LENGTH_MAX);
  let start = at;
  while (start > limit && !isBlank(codeAt(text, start - 1))) start--;
  return mayBeSecret(text, start, at);
}

function isVerb(text: string, start: number, end: number): boolean {
  return (
    codeAt(text, start - 1) === SPACE &&
    codeAt(text, end) === SPACE &&
    VERBS_BEFORE.has(text.slice(start, end))
  );
}

function isGap(code: number): boolean {
  return code === SPACE || code === TAB;
}

function isLetterOfWord(code: number): boolean {
  return code > 0x7f || isLetter(code);
}

/** Whether name and value have a line each. */
function isAlone(text: string, start: number, value: Range): boolean {
  END_OF_LINE.lastIndex = value.end;
  return (
    END_OF_LINE.test(text) &&
    ONLY_WORDS.test(text.slice(Math.max(0, start - LINE_LEAD_LENGTH_MAX), start)) &&
    !/[,;|\t]/.test(text.slice(value.start, value.end))
  );
}

function valueAt(text: string, from: number): Assignment | undefined {
  QUOTE_MARK.lastIndex = from;
  return proseValue(text, QUOTE_MARK.test(text) ? QUOTE_MARK.lastIndex : from);
}
