// Splits documents and questions into search terms, the same way for both index adapters. Identifiers
// become terms both complete and in parts; scripts without spaces are split by `Intl.Segmenter`.

import { stemmer } from 'stemmer';
import { placeholderPattern } from '../../../shared/privacy/placeholders.ts';
import { STOP_WORDS } from './stop-words.ts';

/** Longer terms are encoded bytes, which nobody searches for. */
export const TERM_CHARS_MAX = 64;
/** Characters of a question that are used: about four thousand words; the rest is pasted text. */
export const QUESTION_CHARS_MAX = 16_384;
/** Cached stems: the common words of a language, a few megabytes. */
const STEMS_MAX = 50_000;

/** Part of the adapters' layout versions: new term rules need a new index. */
export const ANALYZER_VERSION = 1;

/** Letters, digits and marks; scripts also contain punctuation and symbols. */
const CHARACTER = String.raw`[\p{L}\p{N}\p{M}]`;
/** Scripts without spaces; the long vowel mark belongs to no single script. */
const UNSPACED = String.raw`[[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]&&${CHARACTER}]`;
const KOREAN = String.raw`[\p{sc=Hang}&&${CHARACTER}]`;
const LETTER = String.raw`[[${CHARACTER}_]--[${UNSPACED}${KOREAN}]]`;
/** A run of an unspaced script or Korean, or a word with inner dots and hyphens; English 's is dropped. */
const RUN = new RegExp(
  String.raw`(?<unspaced>${UNSPACED}+)|(?<korean>${KOREAN}+)|` +
    String.raw`(?<word>${LETTER}+(?:[.\-]${LETTER}+)*(?:\+\+|#)?)(?:['’](?:s|t|ll|re|ve|d|m)(?!${LETTER}))?`,
  'gv',
);
const CAMEL_BORDER = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** Any fixed locale works: one dictionary serves all of these scripts. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Stem cache: texts have few distinct words, and stemming dominates the cost. */
const stems = new Map<string, string>();

/** The terms of a text in order, with repeats. Terms contain neither white space nor quotes. */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  const add = (term: string) => {
    if (term !== '' && term.length <= TERM_CHARS_MAX) terms.push(term);
  };
  for (const { groups } of normalizedText(text.replace(placeholderPattern(), ' ')).matchAll(RUN)) {
    const { unspaced, korean, word } = groups ?? {};
    if (word !== undefined) addWord(word, add);
    if (korean !== undefined) addWithPairs(korean, add);
    if (unspaced === undefined) continue;
    for (const { segment } of segmenter.segment(unspaced)) addWithPairs(segment, add);
  }
  return terms;
}

/** The distinct terms of a question, up to a length limit. */
export function questionTerms(question: string): string[] {
  return [...new Set(termsOf(question.slice(0, QUESTION_CHARS_MAX)))];
}

/** Normalizes compatibility forms; removes Latin, Greek and Cyrillic accents and invisible characters. */
function normalizedText(text: string): string {
  if (!/[\u0080-\uffff]/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .normalize('NFC');
}

function addWord(word: string, add: (term: string) => void): void {
  // Fast path for plain words; the general path gives the same result.
  if (/^[A-Za-z][a-z]*$/.test(word)) return addSimple(word.toLowerCase(), add);
  const parts = word.split(/[_.#+-]+/).flatMap((part) => part.split(CAMEL_BORDER));
  if (parts.length === 1) return addSimple(normalized(word), add);
  const isHyphenated =
    /^[^_.#+]*$/.test(word) && !word.split('-').some((part) => CAMEL_BORDER.test(part));
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
  if (stems.size >= STEMS_MAX) stems.clear();
  stems.set(word, stem);
  return stem;
}

/**
 * Adds longer words as character pairs too: the dictionary may split a document and a question
 * differently, and Korean attaches particles to words.
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
