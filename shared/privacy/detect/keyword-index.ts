// Finds all keywords in one pass over a text. The last characters choose entries of two small filters;
// only where these hold a keyword, a trie is walked backwards. The filters stay in the cache of a
// processor, as an automaton of so many keywords would not.

import { SuffixTrie } from './suffix-trie.ts';

export interface KeywordIndex<Value> {
  /**
   * Searches `[start, end)`, at most `SEARCH_LENGTH_MAX` characters, for stops and ends of keywords.
   * Writes two numbers for each to `hits`: its distance from `start`, and what it is. Returns how many
   * numbers there are.
   */
  readonly search: (text: string, start: number, end: number, hits: Int32Array) => number;
  /** Returns the value of each keyword of a hit, the longest one first. */
  readonly valuesOf: (hit: number) => readonly Value[];
}

export const SEARCH_LENGTH_MAX = 8_192;
export const HITS_MAX = 2 * SEARCH_LENGTH_MAX;
/** What a hit is: a stop, or in the higher bits the end of keywords, or both. */
export const STOP = 1;
const KEYWORDS_SHIFT = 1;

/**
 * Bits of a code: its class in the filter, 0 if no keyword has it; whether the search stops at it; pairs of
 * characters that are keywords, of which it is the first or the second; and the sign if it is one alone.
 */
const CLASS = 0xff;
const CLASSES = 255;
const STOP_BIT = 0x100;
const PAIR_BIT = 9;
const PAIR_SHIFT = 11;
const FIRST_OF_PAIR = 0xf_fe_00;
const SINGLE = 1 << 31;

/** Of hits: the end of a keyword with at least three characters. */
const ENDING = 1;
const ENDING_SHIFT = 18;
const LONG_ENDING_SHIFT = 19;
/** Fibonacci hashing (The Art of Computer Programming 3, 6.4). */
const FACTOR = 0x9e37_79b1;
const ALL = -1;

/** Entry for the last three classes, each of them shifted in from the right. */
function endingOf(recent: number): number {
  return Math.imul(recent << 8, FACTOR) >>> ENDING_SHIFT;
}

/** Entry for the last four classes. */
function longEndingOf(recent: number): number {
  return Math.imul(recent, FACTOR) >>> LONG_ENDING_SHIFT;
}

/** What the search looks up: codes of characters, and sets of what precedes an ending. */
interface Filter {
  /** By UTF-16 code unit, the same for both cases of a letter. */
  readonly codes: Int32Array;
  /** By the last three classes: a bit for each class before. */
  readonly endings: Int32Array;
  /** By the last four classes: a bit for each class before. */
  readonly longEndings: Int32Array;
}

/**
 * Indexes lower-case keywords for a search in any letter case.
 * @param stops UTF-16 code units
 * @throws RangeError if a keyword is empty, or too long
 */
export function indexKeywords<Value>(
  valueByWord: ReadonlyMap<string, Value>,
  stops: Iterable<number>,
): KeywordIndex<Value> {
  const words = [...valueByWord.keys()];
  if (words.includes('')) throw new RangeError('a keyword must not be empty');
  if (words.some(({ length }) => length > LOOK_BACK)) throw new RangeError('a keyword is too long');
  const chars = [...new Set(words.join('').split(''))].toSorted();
  const numbers = new Uint16Array(0x10000);
  for (const [index, char] of chars.entries()) {
    for (const code of casesOf(char)) numbers[code] = 1 + index;
  }
  const trie = new SuffixTrie(valueByWord, numbers, 1 + chars.length);
  const filter = filterFor(words, chars);
  for (const code of stops) filter.codes[code] = (filter.codes[code] ?? 0) | STOP_BIT;
  return {
    search: (text, start, end, hits) => lookUp(trie, hits, search(filter, text, start, end, hits)),
    valuesOf: (hit) => trie.valuesAt(hit >>> KEYWORDS_SHIFT),
  };
}

function filterFor(words: readonly string[], chars: readonly string[]): Filter {
  const codes = new Int32Array(0x10000);
  const flag = (char: string, bits: number): void => {
    for (const code of casesOf(char)) codes[code] = (codes[code] ?? 0) | bits;
  };
  for (const [index, char] of chars.entries()) flag(char, 1 + (index % CLASSES));
  const endings = new Int32Array(1 << (32 - ENDING_SHIFT));
  const longEndings = new Int32Array(1 << (32 - LONG_ENDING_SHIFT));
  const pairs = words.filter(({ length }) => length === 2);
  const seconds = [...new Set(pairs.map((pair) => pair.charAt(1)))].toSorted();
  for (const pair of pairs) {
    // Those that end with the same ASCII character share a bit, so that few other pairs seem to be keywords.
    const bit = 1 << (PAIR_BIT + Math.min(PAIR_SHIFT - 1, seconds.indexOf(pair.charAt(1))));
    flag(pair.charAt(0), bit);
    flag(pair.charAt(1), bit << PAIR_SHIFT);
  }
  const classAt = (word: string, fromEnd: number): number =>
    (codes[word.charCodeAt(word.length - fromEnd)] ?? 0) & CLASS;
  for (const word of words) {
    if (word.length === 1) flag(word, SINGLE);
    if (word.length < 3) continue;
    const recent = [4, 3, 2, 1].reduce((before, at) => (before << 8) | classAt(word, at), 0);
    add(endings, endingOf(recent), word.length === 3 ? ALL : 1 << (recent >>> 24));
    if (word.length > 3)
      add(longEndings, longEndingOf(recent), word.length === 4 ? ALL : 1 << classAt(word, 5));
  }
  return { codes, endings, longEndings };
}

function add(set: Int32Array, entry: number, bits: number): void {
  set[entry] = (set[entry] ?? 0) | bits;
}

/** Returns the code units of a character in both cases. */
function casesOf(char: string): number[] {
  const upper = char.toUpperCase();
  // Skips ß, whose upper case is two characters, and ſ, whose upper case belongs to s.
  const isPair = upper !== char && upper.toLowerCase() === char;
  return isPair ? [char.charCodeAt(0), upper.charCodeAt(0)] : [char.charCodeAt(0)];
}

/** Characters before those to search: as many as the longest keyword may have. */
const LOOK_BACK = 256;
/** Characters before a place that choose its entries. */
const RECENT = 4;
/** A copy of the text, as it takes long to read it character by character. */
const WINDOW = new Uint16Array(LOOK_BACK + SEARCH_LENGTH_MAX);
const WINDOW_BYTES = Buffer.from(WINDOW.buffer);
/** Copying a shorter text costs more than reading it. */
const SHORT_LENGTH = 64;

function search(filter: Filter, text: string, start: number, end: number, hits: Int32Array) {
  const { codes, endings, longEndings } = filter;
  const window = WINDOW;
  const length = readWindow(text, start, end);
  let last = codes[window[LOOK_BACK - 1] ?? 0] ?? 0;
  let recent = 0;
  for (let at = LOOK_BACK - RECENT; at < LOOK_BACK; at++)
    recent = (recent << 8) | ((codes[window[at] ?? 0] ?? 0) & CLASS);
  let count = 0;
  for (let at = LOOK_BACK; at < length; at++) {
    const code = codes[window[at] ?? 0] ?? 0;
    recent = (recent << 8) | (code & CLASS);
    const ending = endings[endingOf(recent)] ?? 0;
    const hit =
      ((ending >>> (recent >>> 24)) & ENDING) |
      ((code >>> PAIR_SHIFT) & last & FIRST_OF_PAIR) |
      (code & (SINGLE | STOP_BIT));
    last = code;
    if (hit === 0) continue;
    if (hit === ENDING && ending !== ALL) {
      const before = codes[window[at - RECENT] ?? 0] ?? 0;
      if (((longEndings[longEndingOf(recent)] ?? 0) & (1 << before)) === 0) continue;
    }
    hits[count++] = at - LOOK_BACK;
    hits[count++] = hit;
  }
  return count;
}

/** Replaces what the filters say of hits by what the trie finds there; returns how many numbers remain. */
function lookUp(trie: SuffixTrie<unknown>, hits: Int32Array, count: number): number {
  let kept = 0;
  for (let each = 0; each < count; each += 2) {
    const at = hits[each] ?? 0;
    const hit = hits[each + 1] ?? 0;
    const values = hit === STOP_BIT ? 0 : trie.find(WINDOW, LOOK_BACK + at);
    const stop = (hit & STOP_BIT) === 0 ? 0 : STOP;
    if ((values | stop) === 0) continue;
    hits[kept++] = at;
    hits[kept++] = (values << KEYWORDS_SHIFT) | stop;
  }
  return kept;
}

/** Copies the characters to search, and those before them, and returns their number. */
function readWindow(text: string, start: number, end: number): number {
  const missing = Math.max(0, LOOK_BACK - start);
  WINDOW.fill(0, 0, missing);
  for (let at = missing; at < LOOK_BACK; at++) WINDOW[at] = text.charCodeAt(start - LOOK_BACK + at);
  if (end - start < SHORT_LENGTH) {
    for (let at = start; at < end; at++) WINDOW[LOOK_BACK + at - start] = text.charCodeAt(at);
  } else {
    const part = start === 0 && end === text.length ? text : text.slice(start, end);
    WINDOW_BYTES.write(part, 2 * LOOK_BACK, 2 * part.length, 'utf16le');
  }
  return LOOK_BACK + end - start;
}
