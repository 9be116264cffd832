// What may be in a table: the twin of the kernel's look around a word or a number.

import { DELIMITER, IN_CODE, IN_HEADING, IN_NUMBER, IN_PADDING, REACH } from './program.ts';

const PART_LENGTH_MIN = 6;
const WORDS_MAX = 3;
const PADDING_MAX = 4;
const NUMBER_LENGTH_MAX = 24;
const HEADING_REACH = REACH - 4;
const NUMBER_REACH = REACH - 8;

export class Places {
  readonly #text: string;
  readonly #places: Uint8Array | undefined;

  constructor(text: string, places: Uint8Array | undefined) {
    this.#text = text;
    this.#places = places;
  }

  /** Whether delimiters or line breaks may enclose the heading with a word. */
  mayBeHeading(start: number, end: number): boolean {
    const isInWord = /^[A-Za-z][a-z]$/.test(this.#text.slice(Math.max(0, start - 1), start + 1));
    if (end - start < PART_LENGTH_MIN && isInWord) return false;
    const after = this.#headingEdge(end, 1);
    const before = this.#headingEdge(start - 1, -1);
    if (after - end === HEADING_REACH) return true;
    const isBefore = this.#is(after, DELIMITER);
    if (!isBefore && !this.#isLineEdge(after)) return false;
    if (start - 1 - before === HEADING_REACH || this.#is(before, DELIMITER)) return true;
    if (!isBefore || this.#isLineEdge(after + 1)) return false;
    return this.#isLineEdge(before) || /["'`]/.test(this.#text.charAt(before + 1));
  }

  #headingEdge(from: number, step: 1 | -1): number {
    let words = 0;
    for (let distance = 0; distance < HEADING_REACH; distance += 1) {
      const at = from + step * distance;
      const beginsWord = distance > 0 && this.#isSpace(at - step) && !this.#isSpace(at);
      if (this.#is(at, IN_HEADING) && beginsWord) words += 1;
      if (!this.#is(at, IN_HEADING) || words > WORDS_MAX) return at;
    }
    return from + step * HEADING_REACH;
  }

  /** Whether the run around a digit at `at` may begin or end a cell. */
  mayBeCell(start: number, at: number, end: number): boolean {
    if (!this.#places) return false;
    if (end - at > NUMBER_REACH || at - start === REACH) return true;
    let before = start - 1;
    while (start - before <= PADDING_MAX && this.#is(before, IN_PADDING)) before -= 1;
    if (this.#is(before, DELIMITER)) return !this.#is(end, IN_CODE);
    let after = end;
    while (after - end < PADDING_MAX && this.#is(after, IN_PADDING)) after += 1;
    if (!this.#is(after, DELIMITER)) return false;
    while (start - before <= NUMBER_LENGTH_MAX && this.#is(before, IN_NUMBER)) before -= 1;
    return this.#isLineEdge(before);
  }

  #isLineEdge(at: number): boolean {
    if (at < 0 || at >= this.#text.length || /[\n\r\0]/.test(this.#text.charAt(at))) return true;
    if (this.#text.charAt(at) === 'n') return this.#text.charAt(at - 1) === '\\';
    return /^\\[nr]/.test(this.#text.slice(at, at + 2));
  }

  #isSpace(at: number): boolean {
    return this.#text.charAt(at) === ' ';
  }

  #is(at: number, place: number): boolean {
    const unit = at >= 0 && at < this.#text.length ? this.#text.charCodeAt(at) : 0;
    return ((this.#places?.[unit] ?? 0) & place) !== 0;
  }
}
