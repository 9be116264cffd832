// The last or first letters of many words, which reject most texts without a look-up of the word.

import { isPartEnd, isPartStart, isLetter, lowerCase } from './context.ts';
import { codeAt, isDigit, isUpper } from './characters.ts';

/** Letters that are compared; shorter words are compared whole. */
const EDGE = 5;
/** The bit of letters that may not be all. */
const LONGER = 1;
const UNKNOWN = 0xff;
const HASH_FACTOR = 0x2f35;
/** Hashes have sixteen times as many values as there are words, so few texts pass by chance. */
const SPARSITY = 16;

const ASCII = 128;
const CLASS_BITS = 5;
const DIGIT_CLASS = 27;
/** Letters outside ASCII. */
const OTHER_CLASS = 28;
/** Where a word may be shorter than three letters. */
const SHORT = 1;
/** By ASCII code: letters from 1, digits, and 0 for all others. */
const CLASSES = Uint8Array.from({ length: ASCII }, (_, code) =>
  isDigit(code) ? DIGIT_CLASS : isLetter(code) ? lowerCase(code) & 31 : 0,
);

/** The last or first three letters of many words: less exact than `WordEdges`, and cheaper. */
class LetterTriples {
  readonly #isLast: boolean;
  /** By the class of the first letter, whether it may be a word. */
  #singles = 0;
  /** By two letters, a bit for each third one. */
  readonly #thirds = new Uint32Array(1 << (2 * CLASS_BITS));

  /** Words may have signs between their letters. */
  constructor(words: readonly string[], edge: 'first' | 'last') {
    this.#isLast = edge === 'last';
    for (const word of words) this.#add(this.#isLast ? reversed(word) : word);
  }

  /** Whether such a word may end at `at`, or start there. Any sign may stand between its letters. */
  mayBeAt(text: string, at: number): boolean {
    const isLast = this.#isLast;
    const first = codeAt(text, isLast ? at - 1 : at);
    if (!(first < ASCII)) return first >= ASCII && isLetter(first);
    const own = CLASSES[first] ?? 0;
    if (own === 0) return false;
    const second = codeAt(text, isLast ? at - 2 : at + 1);
    if (second >= ASCII) return true;
    const next = CLASSES[second] ?? 0;
    // A word begins at a capital, in front of which or with which another one ends.
    if ((this.#singles & (1 << own)) !== 0 && mayBeBeside(next, isLast ? first : second))
      return true;
    const thirds = this.#thirds[(own << CLASS_BITS) | next] ?? 0;
    if (thirds === 0) return false;
    const third = codeAt(text, isLast ? at - 3 : at + 2);
    if (third >= ASCII) return true;
    const last = CLASSES[third] ?? 0;
    if ((thirds & SHORT) !== 0 && mayBeBeside(last, isLast ? second : third)) return true;
    return (thirds & (1 << last)) !== 0;
  }

  #add(word: string): void {
    const letters: number[] = [];
    const isFollowed: boolean[] = [];
    for (let at = 0; at < word.length && letters.length < 3; at++) {
      const code = word.charCodeAt(at);
      if (!isLetter(code) && !isDigit(code)) continue;
      letters.push(code);
      const after = word.charCodeAt(at + 1);
      isFollowed.push(isLetter(after) || isDigit(after));
    }
    const [first = 0, second = 0, third = 0] = letters.map((code) =>
      code < ASCII ? (CLASSES[code] ?? 0) : OTHER_CLASS,
    );
    if (isFollowed[0] === false) this.#singles |= 1 << first;
    const pair = (first << CLASS_BITS) | second;
    const short = isFollowed[1] === false ? SHORT : 0;
    if (first > 0 && second > 0)
      this.#thirds[pair] = (this.#thirds[pair] ?? 0) | short | (third > 0 ? 1 << third : 0);
  }
}

/** Whether a word may end between a letter and what is beside it; `later` is the later one of both. */
function mayBeBeside(kind: number, later: number): boolean {
  return kind === 0 || kind === DIGIT_CLASS || isUpper(later);
}

export class WordEdges {
  readonly #step: 1 | -1;
  readonly #mask: number;
  /** By hash of the letters so far, a bit for each number of letters after which a word may end. */
  readonly #lengths: Uint8Array;
  readonly #triples: LetterTriples;

  /** Words may have signs between their letters. */
  constructor(words: readonly string[], edge: 'first' | 'last') {
    const size = 1 << Math.ceil(Math.log2(SPARSITY * words.length));
    this.#mask = size - 1;
    this.#lengths = new Uint8Array(size);
    this.#step = 1;
    for (const word of words) this.#add(edge === 'first' ? word : reversed(word));
    this.#step = edge === 'first' ? 1 : -1;
    this.#triples = new LetterTriples(words, edge);
  }

  /** Whether such a word may end at `at`, or start there; cheap. Any sign may stand between its letters. */
  mayBeAt(text: string, at: number): boolean {
    if (!this.#triples.mayBeAt(text, at)) return false;
    const step = this.#step;
    let next = step > 0 ? at : at - 1;
    let hash = 0;
    for (let length = 1; length < EDGE; length++) {
      const letter = hashOf(codeAt(text, next));
      if (letter === 0) return false;
      hash = (Math.imul(hash, HASH_FACTOR) + letter) & this.#mask;
      next += step;
      const lengths = this.#lengths[hash] ?? 0;
      if ((lengths & (1 << length)) !== 0) {
        if (step > 0 ? isPartEnd(text, next) : isPartStart(text, next + 1)) return true;
      }
      if ((lengths & LONGER) === 0) return false;
    }
    const letter = hashOf(codeAt(text, next));
    hash = (Math.imul(hash, HASH_FACTOR) + letter) & this.#mask;
    return letter !== 0 && ((this.#lengths[hash] ?? 0) & (1 << EDGE)) !== 0;
  }

  #add(word: string): void {
    let hash = 0;
    let length = 0;
    for (let at = 0; at < word.length && length < EDGE; at++) {
      const letter = hashOf(word.charCodeAt(at));
      if (letter === 0) continue;
      length++;
      hash = (Math.imul(hash, HASH_FACTOR) + letter) & this.#mask;
      const isEnd = at + 1 === word.length || hashOf(word.charCodeAt(at + 1)) === 0;
      const ends = length === EDGE || isEnd ? 1 << length : 0;
      const longer = at + 1 < word.length ? LONGER : 0;
      this.#lengths[hash] = (this.#lengths[hash] ?? 0) | ends | longer;
    }
  }
}

function reversed(word: string): string {
  return Array.from({ length: word.length }, (_, at) => word.charAt(word.length - 1 - at)).join('');
}

/** By character, filled as characters are met. */
const HASHES = new Uint8Array(0x10000).fill(UNKNOWN);

/** The same for both letter cases; 0 for signs and outside the text. */
function hashOf(code: number): number {
  const known = HASHES[code | 0] ?? 0;
  if (known !== UNKNOWN) return known;
  return (HASHES[code] = isLetter(code) || isDigit(code) ? 1 + (lowerCase(code) & 127) : 0);
}
