// Finds the evidence of a text: by a kernel of its own, or by what the pass over a body has found.

import { randomBytes } from 'node:crypto';
import { CANDIDATE_WORDS } from '../scan/body-index.ts';
import { kernelSteps } from '../scan/kernel.ts';
import { FIRST_CHAR_TRIGGER, UNFOLDED, type Keyword, type ScanProgram } from '../scan/program.ts';
import type { BodyScanner } from '../scan/scanner.ts';
import { foldTable } from './fold-table.ts';
import { isAsciiText } from './normalized-text.ts';

/** The groups of keywords that occur in a text. */
export type Shown = ReadonlySet<number>;

/** What a pass over a body found in a complete text. */
export interface FoundKeywords {
  readonly candidates: Uint32Array;
  /** Where the text that is looked at begins in the complete one. */
  readonly start: number;
}

/** The groups that have a keyword. */
export interface Groups {
  /** Only where no ASCII letter or digit follows. */
  readonly whole: number[];
  readonly part: number[];
}

/** Of all characters that are not ASCII. */
export const FOREIGN_GROUP = 0;

/** A longer word is found by its beginning. */
const KEYWORD_LENGTH_MAX = 16;
/** Finds groups by a kernel of its own. */
export class EvidenceSearch {
  readonly #kernel: BodyScanner | undefined;
  readonly #groups: readonly Groups[];
  readonly #groupsByUnit: ReadonlyMap<number, readonly number[]>;
  /** By unit: `UNFOLDED`, and whether it has groups. */
  readonly #bits: Uint8Array;

  private constructor(
    groupsByKeyword: ReadonlyMap<string, Groups>,
    groupsByUnit: ReadonlyMap<number, readonly number[]>,
    kernel: BodyScanner | undefined,
  ) {
    this.#kernel = kernel;
    this.#groups = [...groupsByKeyword.values()];
    this.#groupsByUnit = groupsByUnit;
    this.#bits = Uint8Array.from(foldTable().unitBits);
    for (const unit of groupsByUnit.keys()) this.#bits[unit] = (this.#bits[unit] ?? 0) | GROUPED;
  }

  /** Makes the kernel in steps. */
  static *steps(
    groupsByKeyword: ReadonlyMap<string, Groups>,
    groupsByUnit: ReadonlyMap<number, readonly number[]>,
  ): Generator<void, EvidenceSearch> {
    const keywords = keywordsOf(groupsByKeyword);
    const program: ScanProgram = { ...NO_TRIGGERS, ...foldTable(), keywords };
    const kernel = keywords.length > 0 ? yield* kernelSteps(program, UNUSED_KEY) : undefined;
    return new EvidenceSearch(groupsByKeyword, groupsByUnit, kernel);
  }

  shownIn(
    text: string,
    normalized: () => string,
    found?: FoundKeywords & { readonly firstTrigger: number },
  ): Shown {
    const shown = new Set<number>();
    if (found) this.#addFound(text, found, shown);
    else this.#addKeywords(text, shown);
    const isFolded = isAsciiText(text) || this.#addUnits(text, shown);
    if (!isFolded) this.#addKeywords(normalized(), shown);
    return shown;
  }

  /** @returns whether the kernel finds all words in the text as it is */
  #addUnits(text: string, shown: Set<number>): boolean {
    shown.add(FOREIGN_GROUP);
    const bits = this.#bits;
    let all = 0;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      const own = bits[unit] ?? 0;
      all |= own;
      if ((own & GROUPED) === 0) continue;
      for (const group of this.#groupsByUnit.get(unit) ?? []) shown.add(group);
    }
    return (all & UNFOLDED) === 0;
  }

  #addKeywords(text: string, shown: Set<number>): void {
    if (!this.#kernel) return;
    for (const found of this.#kernel.search(text)) {
      for (let at = 0; at < found.length; at += CANDIDATE_WORDS) {
        this.#add(text, found[at] ?? 0, (found[at + 1] ?? 0) - FIRST_CHAR_TRIGGER, shown);
      }
    }
  }

  #addFound(
    text: string,
    { candidates, start, firstTrigger }: FoundKeywords & { readonly firstTrigger: number },
    shown: Set<number>,
  ): void {
    for (let at = firstAt(candidates, start); at < candidates.length; at += CANDIDATE_WORDS) {
      const position = (candidates[at] ?? 0) - start;
      if (position >= text.length) return;
      this.#add(text, position, (candidates[at + 1] ?? 0) - firstTrigger, shown);
    }
  }

  /** Adds the groups of a keyword whose last unit is at a position. */
  #add(text: string, position: number, keyword: number, shown: Set<number>): void {
    const groups = this.#groups[keyword];
    if (!groups) return;
    const { part, whole } = groups;
    for (const group of part) shown.add(group);
    if (whole.length === 0 || isLetterOrDigit(text.charCodeAt(position + 1))) return;
    for (const group of whole) shown.add(group);
  }
}

/** Index of the first candidate at a position or after it. */
function firstAt(candidates: Uint32Array, position: number): number {
  let low = 0;
  let high = candidates.length / CANDIDATE_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candidates[middle * CANDIDATE_WORDS] ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low * CANDIDATE_WORDS;
}

/** No bit of a program's units. */
const GROUPED = 0x80;

const NO_TRIGGERS = {
  chars: [],
  digitsMin: 0,
  base64Min: 0,
  runLengths: new Uint8Array(128),
  kinds: new Uint8Array(128),
};

/** Searches compute no hashes. */
const UNUSED_KEY = randomBytes(16);

function isLetterOrDigit(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

export function keywordsOf(groups: ReadonlyMap<string, Groups>): Keyword[] {
  return Array.from(groups.keys(), (text) => ({ text, isFolded: true }));
}

/** The beginning of the longest part of a normalized word that the kernel finds; `isEnd` if the word ends with it. */
export function keywordOf(word: string): { text: string; isEnd: boolean } | undefined {
  const { fold } = foldTable();
  let best = '';
  let bestEnd = 0;
  for (let from = 0; from < word.length;) {
    let to = from;
    while (to < word.length && fold[word.charCodeAt(to)] === word.charCodeAt(to)) to += 1;
    const part = word.slice(from, to).trim();
    if (part.length > best.length) [best, bestEnd] = [part, to];
    from = to + 1;
  }
  const text = best.slice(0, KEYWORD_LENGTH_MAX).trim();
  if (text === '' || text !== text.toLowerCase()) return undefined;
  const isEnd = text === best && bestEnd === word.length;
  return { text, isEnd: isEnd && isLetterOrDigit(text.charCodeAt(text.length - 1)) };
}
