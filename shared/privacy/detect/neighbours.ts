// Tests the characters beside a match before a detector looks at it: most keywords and signs stand where they
// mean something else.

import { ANY, BESIDE_CODES, PART_START, WORD_START } from '../../scan/program.ts';
import { isEscape, isLetter, isLower, isUpper } from './characters.ts';

/** What must be beside a match. Characters outside ASCII and the ends of the text always may be. */
export interface Neighbours {
  /** The character before it. */
  readonly before?: RegExp;
  /** The character after it. */
  readonly after?: RegExp;
  /** A word begins with it, or a part of an identifier: `name` in `user_name` and `userName`. */
  readonly startsPart?: true;
  /** It is no part of an identifier, a path or an expression. */
  readonly startsWord?: true;
}

/** What is beside a match, or must be: any common bit suffices. */
export interface NeighbourBits {
  readonly before: number;
  readonly after: number;
}

const ASCII = 128;
const NO_WORD_BEFORE = /[\w.$@/\\#-]/;
const BITS = 32;

/** Numbers sets of characters, so that all of them are tested at once. */
export class NeighbourSets {
  readonly #bitBySource = new Map<string, number>();
  /** By character, the sets that it is in. The highest bit is always set. */
  readonly #sets = Int32Array.from({ length: ASCII }, (_, code) => {
    const isPart = isLetter(code) ? 0 : PART_START;
    const isWord = NO_WORD_BEFORE.test(String.fromCharCode(code)) ? 0 : WORD_START;
    return (1 << (BITS - 1)) | isPart | isWord;
  });

  /** @throws RangeError if there are too many different sets */
  bitsOf({ before, after, startsPart, startsWord }: Neighbours): NeighbourBits {
    const own = startsWord ? WORD_START : startsPart ? PART_START : ANY;
    return { before: before ? this.#bitOf(before) : own, after: after ? this.#bitOf(after) : ANY };
  }

  /** The sets of each ASCII character, then of all others; the first one also stands for the ends of the text. */
  get tables(): Uint32Array {
    const tables = new Uint32Array(BESIDE_CODES).fill(ANY);
    tables.set(this.#sets);
    tables[0] = ANY;
    return tables;
  }

  before(text: string, start: number): number {
    const code = text.charCodeAt(start - 1);
    if (!(code < ASCII)) return ANY;
    const bits = this.#sets[code] ?? ANY;
    if (!isLower(code)) return bits;
    if (isEscape(text, start - 1)) return bits | PART_START | WORD_START;
    return isUpper(text.charCodeAt(start)) ? bits | PART_START : bits;
  }

  after(text: string, end: number): number {
    const code = text.charCodeAt(end);
    return code < ASCII ? (this.#sets[code] ?? ANY) : ANY;
  }

  #bitOf(chars: RegExp): number {
    const key = String(chars);
    const known = this.#bitBySource.get(key);
    if (known !== undefined) return known;
    const index = 2 + this.#bitBySource.size;
    if (index >= BITS - 1) throw new RangeError('too many sets of neighbours');
    const bit = 1 << index;
    this.#bitBySource.set(key, bit);
    for (let code = 0; code < ASCII; code++)
      if (chars.test(String.fromCharCode(code))) this.#sets[code] = (this.#sets[code] ?? 0) | bit;
    return bit;
  }
}
