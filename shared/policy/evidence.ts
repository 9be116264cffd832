// What a text must contain for matchers to match it. The scan kernel finds that for all matchers of all
// policies in one pass, and most texts contain nothing of it, so no matcher has to read them.

import type { TextValue } from '../json/text-value.ts';
import { finished } from '../runtime/finished.ts';
import type { ProcessKernel } from '../scan/process-kernel.ts';
import { firstKeywordTrigger, type Keyword, type ScanProgram } from '../scan/program.ts';
import {
  EvidenceSearch,
  FOREIGN_GROUP,
  keywordOf,
  keywordsOf,
  type FoundKeywords,
  type Groups,
  type Shown,
} from './evidence-search.ts';
import { foldTable } from './fold-table.ts';
import { normalizeText } from './normalized-text.ts';

export type { FoundKeywords, Shown };

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

const NOTHING: Shown = new Set();

/** Units of all keywords, which bound the memory of the kernel: some 250 bytes each. */
const UNITS_MAX = 60_000;

type BodyKernel = Pick<ProcessKernel, 'base' | 'program' | 'setFoldedWords'>;

/** The evidence of any number of matchers and policies. */
export class EvidenceBook {
  readonly #groupsByKeyword = new Map<string, Groups>();
  readonly #testByContent = new Map<string, EvidenceTest | undefined>();
  /** Groups by unit. */
  readonly #groupsByUnit = new Map<number, number[]>();
  #groups = FOREIGN_GROUP + 1;
  #units = 0;
  #search: EvidenceSearch | undefined;
  /** The program of the kernel that reads bodies, and the first trigger of this book in it. */
  #program: ScanProgram | undefined;
  #firstTrigger = 0;

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

  /**
   * Makes the kernel in steps, so that the first text need not wait for it.
   * @param bodies the kernel that reads bodies; from now on it searches for this evidence, too
   */
  *prepare(bodies?: BodyKernel): Generator<void, void> {
    this.#search ??= yield* this.#searchSteps();
    if (!bodies) return;
    const { keywords } = this;
    const { fold } = foldTable();
    const first = bodies.base.keywords.length;
    // Often the words are the same after a reload.
    if (!isSame(bodies.program.keywords.slice(first), keywords)) {
      yield* bodies.setFoldedWords({ keywords, fold });
    }
    this.#program = bodies.program;
    this.#firstTrigger = firstKeywordTrigger(bodies.base) + first;
  }

  /** What the kernel has found in a text of a body; undefined if it has not searched for this evidence. */
  foundIn(text: TextValue): Uint32Array | undefined {
    return this.#program && text.candidatesOf(this.#program);
  }

  /**
   * @param normalized the normalized text, which some texts need
   * @param found what `foundIn` returned for the complete text
   */
  shownIn(text: string, normalized: () => string, found?: FoundKeywords): Shown {
    if (this.#testByContent.size === 0) return NOTHING;
    const search = (this.#search ??= finished(this.#searchSteps()));
    const from = found && { ...found, firstTrigger: this.#firstTrigger };
    return search.shownIn(text, normalized, from);
  }

  #searchSteps(): Generator<void, EvidenceSearch> {
    return EvidenceSearch.steps(this.#groupsByKeyword, this.#groupsByUnit);
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
    this.#search = this.#program = undefined;
    const group = this.#groups++;
    for (const [text, isWholeWord] of texts) {
      const groups = this.#groupsByKeyword.get(text) ?? { whole: [], part: [] };
      groups[isWholeWord ? 'whole' : 'part'].push(group);
      this.#groupsByKeyword.set(text, groups);
    }
    return group;
  }

  #unitGroup(units: string): number {
    this.#search = this.#program = undefined;
    const group = this.#groups++;
    for (const char of units.split('')) {
      const unit = char.charCodeAt(0);
      this.#groupsByUnit.set(unit, [...(this.#groupsByUnit.get(unit) ?? []), group]);
    }
    return group;
  }
}

function isSame(one: readonly Keyword[], other: readonly Keyword[]): boolean {
  return one.length === other.length && one.every(({ text }, index) => text === other[index]?.text);
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
