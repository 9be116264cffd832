// Cuts text into the terms that are searched. It stands above both adapters and serves documents and
// questions alike, so that what is written in one is found by the other. Identifiers are terms as a
// whole and in parts; scripts without spaces are cut by the dictionary of Intl.Segmenter.

import { stemmer } from 'stemmer';
import { limits } from '../../../shared/limits.ts';
import { tokenPattern } from '../../../shared/privacy/placeholders.ts';
import { STOP_WORDS } from './stop-words.ts';

/** Goes into the layout versions of the adapters: other terms for the same text need a new index. */
export const ANALYZER_VERSION = 1;

/** Of a script, as its punctuation and symbols belong to it, too. */
const WRITTEN = String.raw`[\p{L}\p{N}\p{M}]`;
/** Written without spaces; the long vowel mark belongs to no script alone. */
const UNSPACED = String.raw`[[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]&&${WRITTEN}]`;
const KOREAN = String.raw`[\p{sc=Hang}&&${WRITTEN}]`;
const LETTER = String.raw`[[${WRITTEN}_]--[${UNSPACED}${KOREAN}]]`;
/** A run of an unspaced script, of Korean, or a word with its inner dots and hyphens; 's is left out. */
const RUN = new RegExp(
  String.raw`(?<unspaced>${UNSPACED}+)|(?<korean>${KOREAN}+)|` +
    String.raw`(?<word>${LETTER}+(?:[.\-]${LETTER}+)*(?:\+\+|#)?)(?:['’](?:s|t|ll|re|ve|d|m)(?!${LETTER}))?`,
  'gv',
);
const HUMP = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** The locale only has to be the same on every machine: one dictionary serves all of these scripts. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Stems seen before: a text has few different words, and a stem costs more than all else of a word. */
const stems = new Map<string, string>();

/** The terms of a text in their order, with repeats. They hold no white space and no quotes. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  const add = (term: string) => {
    if (term !== '' && term.length <= limits.index.termCharsMax) terms.push(term);
  };
  for (const { groups } of unmarked(text.replace(tokenPattern(), ' ')).matchAll(RUN)) {
    const { unspaced, korean, word } = groups ?? {};
    if (word !== undefined) addWord(word, add);
    if (korean !== undefined) addWithPairs(korean, add);
    if (unspaced === undefined) continue;
    for (const { segment } of segmenter.segment(unspaced)) addWithPairs(segment, add);
  }
  return terms;
}

/** The terms of a question, each once; a text that was pasted behind it is not read to its end. */
export function questionTerms(question: string): string[] {
  return [...new Set(termsOf(question.slice(0, limits.index.questionCharsMax)))];
}

/** Compatible forms become one, accents of Latin, Greek and Cyrillic go, and so does what is not seen. */
function unmarked(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .normalize('NFC');
}

function addWord(word: string, add: (term: string) => void): void {
  // Most words of most texts; what follows would come to the same.
  if (/^[A-Za-z][a-z]*$/.test(word)) return addSimple(word.toLowerCase(), add);
  const parts = word.split(/[_.#+-]+/).flatMap((part) => part.split(HUMP));
  if (parts.length === 1) return addSimple(normalized(word), add);
  const isHyphenated = /^[^_.#+]*$/.test(word) && !word.split('-').some((part) => HUMP.test(part));
  if (!isHyphenated || /\p{N}/u.test(word)) addSimple(normalized(word), add);
  for (const part of parts) if (!/^\p{L}$/u.test(part)) addSimple(normalized(part), add);
}

function addSimple(word: string, add: (term: string) => void): void {
  if (STOP_WORDS.has(word)) return;
  add(/^[a-z]{3,}$/.test(word) ? stemOf(word) : word);
}

function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  const stem = stemmer(word);
  if (stems.size >= limits.index.stemsMax) stems.clear();
  stems.set(word, stem);
  return stem;
}

/**
 * Longer words also as pairs of characters: what the dictionary takes for one word in a document may
 * be two in a question, and Korean glues particles to its words.
 */
function addWithPairs(word: string, add: (term: string) => void): void {
  add(word);
  const characters = /\p{sc=Thai}|\p{sc=Lao}|\p{sc=Khmr}|\p{sc=Mymr}/u.test(word)
    ? []
    : Array.from(word);
  if (characters.length < 3) return;
  for (let at = 0; at + 1 < characters.length; at += 1) {
    add(`${characters[at]}${characters[at + 1]}`);
  }
}

function normalized(word: string): string {
  return word.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
}
