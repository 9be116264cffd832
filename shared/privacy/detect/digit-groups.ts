// Finds maximal groups of digits with single separators, and the parts of a group that are likely
// separate numbers: `4111 1111 1111 1111 12/26` is one group of 20 digits. Constant state, linear
// time.

import { SEPARATOR, CHAR_KINDS } from './char-kinds.ts';

const SPACE = 0x20;
const SLASH = 0x2f;
const BLOCK = 4;
/** Full blocks before the last one, and total digits: Aadhaar has 12, a card up to 19. */
const BLOCKS_MIN = 2;
const BLOCKS_MAX = 4;
const DIGITS_MAX = 19;

/** Called for each group that may be a number, with its range and digit count. */
export type OfferGroup = (start: number, end: number, digits: number) => void;

export class DigitGroups {
  readonly #text: string;
  readonly #offer: OfferGroup;
  #last = -2;
  #groupStart = 0;
  #groupDigits = 0;
  /** A word is a part of the group between spaces, slashes and the ends of the group. */
  #wordStart = 0;
  #wordDigits = 0;
  /** Number of four-digit blocks before this word with equal separators. */
  #blocks = 0;
  #separator = 0;

  constructor(text: string, offer: OfferGroup) {
    this.#text = text;
    this.#offer = offer;
  }

  /** Adds the digits in `[index, end)`. All digits of a group must be added, in text order. */
  digits(index: number, end: number): void {
    const gap = index - this.#last;
    if (gap !== 1) {
      const between = gap === 2 ? this.#text.charCodeAt(index - 1) : 0;
      if (((CHAR_KINDS[between] ?? 0) & SEPARATOR) === 0) this.#begin(index);
      else if (between === SPACE || between === SLASH) this.#cut(index, between);
    }
    this.#last = end - 1;
    this.#groupDigits += end - index;
    this.#wordDigits += end - index;
  }

  /** Ends the last group; call it at the end of the text, or before the next group. */
  end(): void {
    const digits = this.#groupDigits;
    if (digits === 0) return;
    if (this.#wordStart > this.#groupStart) this.#endWord(true);
    this.#groupDigits = 0;
    this.#offer(this.#groupStart, this.#last + 1, digits);
  }

  #begin(index: number): void {
    this.end();
    this.#groupStart = this.#wordStart = index;
    this.#groupDigits = this.#wordDigits = 0;
    this.#blocks = this.#separator = 0;
  }

  #cut(index: number, separator: number): void {
    this.#endWord(false);
    const length = this.#last + 1 - this.#wordStart;
    const isBlock = length === BLOCK && this.#wordDigits === BLOCK;
    const goesOn = this.#blocks === 0 || separator === this.#separator;
    this.#blocks = isBlock ? (goesOn ? this.#blocks + 1 : 1) : 0;
    this.#separator = separator;
    this.#wordStart = index;
    this.#wordDigits = 0;
  }

  /** Offers the word that ends here, alone and with the blocks before it. */
  #endWord(endsGroup: boolean): void {
    const end = this.#last + 1;
    const length = end - this.#wordStart;
    this.#offer(this.#wordStart, end, this.#wordDigits);
    if (length > BLOCK || length !== this.#wordDigits) return;
    for (let blocks = BLOCKS_MIN; blocks <= this.#blocks && blocks <= BLOCKS_MAX; blocks++) {
      const start = this.#wordStart - blocks * (BLOCK + 1);
      const digits = blocks * BLOCK + length;
      const startsGroup = start === this.#groupStart;
      // `end` offers the whole group, and three blocks are not a card unless at an edge of the
      // group.
      if (startsGroup === endsGroup && (endsGroup || blocks === BLOCKS_MIN)) continue;
      if (digits <= DIGITS_MAX) this.#offer(start, end, digits);
    }
  }
}
