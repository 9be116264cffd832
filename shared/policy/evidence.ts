// What a text must contain for matchers to match it. The scan kernel finds that for all matchers of all
// policies in one pass, and most texts contain nothing of it, so no matcher has to read them.

import { randomBytes } from 'node:crypto';
import { createKernel } from '../scan/kernel.ts';
import { FIRST_CHAR_TRIGGER, UNFOLDED, type Keyword, type ScanProgram } from '../scan/program.ts';
import type { BodyScanner } from '../scan/scanner.ts';
import { foldTable } from './fold-table.ts';
import { isAsciiText, normalizeText } from './normalized-text.ts';

export type Evidence =
  /** Any of these, in the normalized text. */
  | { readonly words: readonly string[]; readonly wholeWord?: boolean }
  /** Any of these, in the text itself, in any letter case. */
  | { readonly literals: readonly string[] }
  /** Any of these UTF-16 units, none of which is ASCII. */
  | { readonly units: string }
  /** Any character that is not ASCII. */
  | { readonly foreign: true }
  | { readonly any: readonly Evidence[] }
  | { readonly all: readonly Evidence[] };

/** Evidence in a book: a group of keywords, or a combination of groups. */
export type EvidenceTest =
  | number
  | { readonly any: readonly EvidenceTest[] }
  | { readonly all: readonly EvidenceTest[] };

type Simple = Exclude<Evidence, { any: unknown } | { all: unknown }>;

/** The groups of keywords that occur in a text. */
export type Shown = ReadonlySet<number>;

/** Of all characters that are not ASCII. */
const FOREIGN_GROUP = 0;

const NOTHING: Shown = new Set();

/** A longer word is found by its beginning. */
const KEYWORD_LENGTH_MAX = 16;
/** Units of all keywords, which bound the memory of the kernel: some 250 bytes each. */
const UNITS_MAX = 60_000;

/** The groups that have a keyword. */
interface Groups {
  /** Only where no ASCII letter or digit follows. */
  readonly whole: number[];
  readonly part: number[];
}

/** The evidence of any number of matchers and policies. */
export class EvidenceBook {
  readonly #groupsByKeyword = new Map<string, Groups>();
  readonly #testByContent = new Map<string, EvidenceTest | undefined>();
  /** Groups by unit. */
  readonly #groupsByUnit = new Map<number, number[]>();
  #groups = FOREIGN_GROUP + 1;
  #units = 0;
  #search: Search | undefined;

  /** Adds evidence. @returns undefined if the kernel cannot find it, so that any text may match */
  add(evidence: Evidence): EvidenceTest | undefined {
    if ('all' in evidence) {
      const all = evidence.all.flatMap((one) => this.add(one) ?? []);
      return all.length > 0 ? { all } : undefined;
    }
    if ('any' in evidence) {
      const any = evidence.any.map((one) => this.add(one));
      return any.every((one) => one !== undefined) ? { any } : undefined;
    }
    const content = JSON.stringify(evidence);
    if (!this.#testByContent.has(content)) this.#testByContent.set(content, this.#group(evidence));
    return this.#testByContent.get(content);
  }

  /** What the kernel searches for. */
  get keywords(): readonly Keyword[] {
    return keywordsOf(this.#groupsByKeyword);
  }

  /** Makes the kernel, which takes some time, so that the first text need not wait for it. */
  prepare(): void {
    this.#search ??= new Search(this.#groupsByKeyword, this.#groupsByUnit);
  }

  /** @param normalized the normalized text, which some texts need */
  shownIn(text: string, normalized: () => string): Shown {
    if (this.#testByContent.size === 0) return NOTHING;
    const search = (this.#search ??= new Search(this.#groupsByKeyword, this.#groupsByUnit));
    return search.shownIn(text, normalized);
  }

  #group(evidence: Simple): number | undefined {
    if ('foreign' in evidence) return FOREIGN_GROUP;
    if ('units' in evidence) return this.#unitGroup(evidence.units);
    const isWhole = 'words' in evidence && evidence.wholeWord === true;
    const list = 'words' in evidence ? evidence.words : evidence.literals;
    const keywords = list.map((word) => keywordOf(normalizeText(word).text.trim()));
    const texts = new Map<string, boolean>();
    for (const keyword of keywords) {
      if (!keyword) return undefined;
      const { text, isEnd } = keyword;
      texts.set(text, isWhole && isEnd && texts.get(text) !== false);
    }
    const added = [...texts.keys()].filter((text) => !this.#groupsByKeyword.has(text));
    const units = added.reduce((sum, { length }) => sum + length, 0);
    if (this.#units + units > UNITS_MAX) return undefined;
    this.#units += units;
    this.#search = undefined;
    const group = this.#groups++;
    for (const [text, isWholeWord] of texts) {
      const groups = this.#groupsByKeyword.get(text) ?? { whole: [], part: [] };
      groups[isWholeWord ? 'whole' : 'part'].push(group);
      this.#groupsByKeyword.set(text, groups);
    }
    return group;
  }

  #unitGroup(units: string): number {
    this.#search = undefined;
    const group = this.#groups++;
    for (const char of units.split('')) {
      const unit = char.charCodeAt(0);
      this.#groupsByUnit.set(unit, [...(this.#groupsByUnit.get(unit) ?? []), group]);
    }
    return group;
  }
}

/** Whether the evidence is among what a text shows. */
export function isShown(test: EvidenceTest, shown: Shown): boolean {
  if (shown.size === 0) return false;
  if (typeof test === 'number') return shown.has(test);
  if ('all' in test) return test.all.every((one) => isShown(one, shown));
  return test.any.some((one) => isShown(one, shown));
}

/** All groups of a combination. */
export function groupsOf(test: EvidenceTest): readonly number[] {
  if (typeof test === 'number') return [test];
  return ('all' in test ? test.all : test.any).flatMap(groupsOf);
}

/** Finds groups by a kernel of its own. */
class Search {
  readonly #kernel: BodyScanner | undefined;
  readonly #groups: readonly Groups[];
  readonly #groupsByUnit: ReadonlyMap<number, readonly number[]>;
  /** By unit: `UNFOLDED`, and whether it has groups. */
  readonly #bits: Uint8Array;

  constructor(
    groupsByKeyword: ReadonlyMap<string, Groups>,
    groupsByUnit: ReadonlyMap<number, readonly number[]>,
  ) {
    const keywords = keywordsOf(groupsByKeyword);
    const program: ScanProgram = { ...NO_TRIGGERS, ...foldTable(), keywords };
    if (keywords.length > 0) this.#kernel = createKernel(program, UNUSED_KEY);
    this.#groups = [...groupsByKeyword.values()];
    this.#groupsByUnit = groupsByUnit;
    this.#bits = Uint8Array.from(program.unitBits);
    for (const unit of groupsByUnit.keys()) this.#bits[unit] = (this.#bits[unit] ?? 0) | GROUPED;
  }

  shownIn(text: string, normalized: () => string): Shown {
    const shown = new Set<number>();
    this.#addKeywords(text, shown);
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
      for (let at = 0; at < found.length; at += 2) {
        const groups = this.#groups[(found[at + 1] ?? 0) - FIRST_CHAR_TRIGGER];
        if (!groups) continue;
        const { part, whole } = groups;
        for (const group of part) shown.add(group);
        if (whole.length === 0) continue;
        if (isLetterOrDigit(text.charCodeAt((found[at] ?? 0) + 1))) continue;
        for (const group of whole) shown.add(group);
      }
    }
  }
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

function keywordsOf(groups: ReadonlyMap<string, Groups>): Keyword[] {
  return Array.from(groups.keys(), (text) => ({ text, isFolded: true }));
}

/** The beginning of the longest part of a normalized word that the kernel finds; `isEnd` if the word ends with it. */
function keywordOf(word: string): { text: string; isEnd: boolean } | undefined {
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
