// Tells by the words after the name of a secret in which places its value may be, before any expression is tried.

import {
  ASCII_MAX,
  BACKSLASH,
  codeAt,
  COLON,
  COMMA,
  EQUALS,
  isLetter,
  MINUS,
  NEWLINE,
  RETURN,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from './characters.ts';
import { mayBeginSecret } from './secret-value.ts';

/** Places of a value after its name: after a verb, right after it, after its owner, on the next line. */
export const SAID = 1;
export const BESIDE = 2;
export const OWNER_NAMED = 4;
export const BELOW = 8;
const ALL = SAID | BESIDE | OWNER_NAMED | BELOW;

const GAP_MAX = 3;
const LINE_GAP_MAX = 8;
const WORD_LENGTH_MAX = 21;
const VALUE_LENGTH_MAX = 514;
const MARKS = '?,.!';
/** The first letters of `it's`, `which is` and `namely`. */
const NAMELY = 'iwn';

export const PREPOSITIONS =
  'for|of|on|to|at|in|from|für|fuer|von|vom|zum|zur|im|am|der|des|de|del|della|du|pour|para|do|da|di|per|' +
  'sur|van|voor|op|dla|til|för|på|от|для|к|на';
const PREPOSITION_WORDS = new Set(PREPOSITIONS.split('|'));
/** The first words of verbs in ASCII. */
const VERB_WORDS = new Set(
  'is was are will should used has set changed reset to it c ist lautet war est es era jest brzmi je este luidt er on ialah adalah'.split(
    ' ',
  ),
);

/** Returns the places in which a value may be; 0 for most names. */
export function afterName(text: string, end: number): number {
  const code = codeAt(text, end);
  if (code > ASCII_MAX) return ALL;
  if (MARKS.includes(text[end] ?? ' ')) return afterMark(text, end);
  if (code === SINGLE_QUOTE || code === EQUALS) return SAID;
  const at = afterGap(text, end, GAP_MAX);
  const next = codeAt(text, at);
  if (next > ASCII_MAX) return ALL;
  if (next === COLON || next === EQUALS) return SAID | BELOW | beside(text, end, at);
  if (next === NEWLINE || next === RETURN || next === BACKSLASH)
    return BELOW | beside(text, end, at);
  if (at === end) return 0;
  if (!isLetter(next)) {
    const other = isBelow(text, at) ? BELOW : 0;
    return beside(text, end, at) | other | (next === MINUS ? SAID : isMarked(text, at));
  }
  return beside(text, end, at) | afterWord(text, at);
}

function isMarked(text: string, at: number): number {
  return MARKS.includes(text[at] ?? ' ') ? SAID : 0;
}

/** More blanks before the line break. */
function isBelow(text: string, from: number): boolean {
  const next = codeAt(text, afterGap(text, from, LINE_GAP_MAX));
  return next === NEWLINE || next === RETURN || next === BACKSLASH;
}

/** `, it's …`; a comma also before the value. */
function afterMark(text: string, end: number): number {
  const isComma = codeAt(text, end) === COMMA;
  const beforeValue = isComma ? afterGap(text, end + 1, GAP_MAX) : end;
  return SAID_AFTER(text, end) | (isComma ? beside(text, end + 1, beforeValue) : 0);
}

function SAID_AFTER(text: string, end: number): number {
  return mayBeNamely(text, end) ? SAID : 0;
}

function mayBeNamely(text: string, from: number): boolean {
  const at = MARKS.includes(text[from + 1] ?? ' ') ? from + 2 : from + 1;
  const next = afterGap(text, at, GAP_MAX);
  return next > at && NAMELY.includes(text[next] ?? ' ');
}

/** Whether the value may be right behind the blanks. */
function beside(text: string, end: number, at: number): number {
  if (at === end) return 0;
  return mayBeginSecret(text, at, VALUE_LENGTH_MAX) ? BESIDE : 0;
}

/** After a blank and a word: a preposition, a verb, or another word of the name before a verb. */
function afterWord(text: string, start: number): number {
  const end = wordEnd(text, start);
  if (codeAt(text, end) > ASCII_MAX) return SAID | OWNER_NAMED;
  const word = text.slice(start, end);
  if (PREPOSITION_WORDS.has(word)) return SAID | OWNER_NAMED;
  if (VERB_WORDS.has(word)) return SAID;
  const at = afterGap(text, end, GAP_MAX);
  const next = codeAt(text, at);
  if (next > ASCII_MAX || next === COLON || next === EQUALS) return SAID;
  if (at === end) return MARKS.includes(text[end] ?? ' ') && mayBeNamely(text, end) ? SAID : 0;
  if (next === MINUS) return SAID;
  const nextEnd = wordEnd(text, at);
  if (codeAt(text, nextEnd) > ASCII_MAX || VERB_WORDS.has(text.slice(at, nextEnd))) return SAID;
  return 0;
}

function wordEnd(text: string, start: number): number {
  let at = start;
  while (at - start < WORD_LENGTH_MAX && isLetter(codeAt(text, at))) at++;
  return at;
}

function afterGap(text: string, from: number, max: number): number {
  let at = from;
  while (at - from < max && (codeAt(text, at) === SPACE || codeAt(text, at) === TAB)) at++;
  return at;
}
