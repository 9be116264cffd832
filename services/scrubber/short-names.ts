// Finds full names of two to five characters, which the search for longer values skips: `王伟`, `Li Na`.

import type { Range } from '../../shared/privacy/detect/detector.ts';

const LENGTH_MAX = 5;
/** Characters read between two yields: about a millisecond. */
const SLICE_CHARS = 65_536;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u;

interface Match extends Range {
  /** What `add` was given with the name. */
  readonly index: number;
}

export class ShortNames {
  readonly #indexByName = new Map<string, number>();
  /** By the first character of a name, the longest name. */
  readonly #lengthByFirst = new Map<number, number>();

  get size(): number {
    return this.#indexByName.size;
  }

  add(name: string, index: number): void {
    this.#indexByName.set(name, index);
    const first = name.charCodeAt(0);
    this.#lengthByFirst.set(first, Math.max(name.length, this.#lengthByFirst.get(first) ?? 0));
  }

  /** The names with an index below `known` outside `taken`. */
  *find(text: string, taken: readonly Range[], known: number): Generator<void, Match[]> {
    const free = taken.toSorted((a, b) => a.start - b.start);
    const found: Match[] = [];
    let next = 0;
    for (let at = 0; at < text.length; at += 1) {
      if (at % SLICE_CHARS === SLICE_CHARS - 1) yield;
      const longest = this.#lengthByFirst.get(text.charCodeAt(at));
      if (longest === undefined) continue;
      while ((free[next]?.end ?? Infinity) <= at) next += 1;
      const limit = free[next]?.start ?? text.length;
      const match =
        limit > at ? this.#longestAt(text, at, Math.min(limit, at + longest), known) : undefined;
      if (!match) continue;
      found.push(match);
      at = match.end - 1;
    }
    return found;
  }

  #longestAt(text: string, start: number, limit: number, known: number): Match | undefined {
    for (let end = Math.min(limit, start + LENGTH_MAX); end > start + 1; end -= 1) {
      const index = this.#indexByName.get(text.slice(start, end));
      if (index !== undefined && index < known && standsAlone(text, start, end))
        return { start, end, index };
    }
    return undefined;
  }
}

/** Whether no letter of a script with spaces continues the name. */
function standsAlone(text: string, start: number, end: number): boolean {
  return !joins(text[start - 1], text[start]) && !joins(text[end - 1], text[end]);
}

function joins(left = ' ', right = ' '): boolean {
  return LETTER_OR_DIGIT.test(left) && LETTER_OR_DIGIT.test(right) && !UNSPACED.test(left + right);
}
