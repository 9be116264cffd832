// The last or first letters of many words, which reject most texts without a look-up of the word.

import { isPartEnd, isPartStart, isLetter, lowerCase } from './context.ts';
import { isDigit } from './characters.ts';

/** Letters that are compared; shorter words are compared whole. */
const EDGE = 5;
/** The bit of letters that may not be all. */
const LONGER = 1;
const UNKNOWN = 0xff;
const HASH_FACTOR = 0x2f35;
/** Hashes have sixteen times as many values as there are words, so few texts pass by chance. */
const SPARSITY = 16;

export class WordEdges {
  readonly #step: 1 | -1;
  readonly #mask: number;
  /** By hash of the letters so far, a bit for each number of letters after which a word may end. */
  readonly #lengths: Uint8Array;

  /** Words may have signs between their letters. */
  constructor(words: readonly string[], edge: 'first' | 'last') {
    const size = 1 << Math.ceil(Math.log2(SPARSITY * words.length));
    this.#mask = size - 1;
    this.#lengths = new Uint8Array(size);
    this.#step = 1;
    for (const word of words) this.#add(edge === 'first' ? word : reversed(word));
    this.#step = edge === 'first' ? 1 : -1;
  }

  /** Whether such a word may end at `at`, or start there; cheap. Any sign may stand between its letters. */
  mayBeAt(text: string, at: number): boolean {
    const step = this.#step;
    let next = step > 0 ? at : at - 1;
    let hash = 0;
    for (let length = 1; length < EDGE; length++) {
      const letter = hashOf(text.charCodeAt(next));
      if (letter === 0) return false;
      hash = (Math.imul(hash, HASH_FACTOR) + letter) & this.#mask;
      next += step;
      const lengths = this.#lengths[hash] ?? 0;
      if ((lengths & (1 << length)) !== 0) {
        if (step > 0 ? isPartEnd(text, next) : isPartStart(text, next + 1)) return true;
      }
      if ((lengths & LONGER) === 0) return false;
    }
    const letter = hashOf(text.charCodeAt(next));
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
