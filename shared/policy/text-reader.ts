// Reads a text in windows for the rules of a policy. Window positions depend only on the text, so a
// stream gets the same verdict as the complete text, however it is chunked, and a large text can be
// read in small steps.

import type { Range } from '../privacy/detect/detector.ts';
import { groupsOf, isShown, type FoundKeywords } from './evidence.ts';
import type { TextMatcher, TextView } from './matcher.ts';
import type { Rule, ViewText } from './policy.ts';

/** Reach of an `unless` match: a few sentences. */
const EXCEPTION_CHARS = 200;

/** What a rule's text matchers found in one text. */
export interface RuleMatch {
  /** Whether a text matcher in `any` holds; false if there is none. */
  readonly any: boolean;
  /** Whether all text matchers in `all` hold; true if there is none. */
  readonly all: boolean;
  /** Matches of `any` by start: all of them if the rule redacts, else the first. */
  readonly ranges: readonly Range[];
}

export interface TextReaderOptions {
  readonly rules: readonly Rule[];
  readonly view: ViewText;
  readonly isClean?: boolean;
  /** What a pass over the body found; only of a complete text. */
  readonly found?: FoundKeywords | undefined;
  /** Characters of a window. */
  readonly step: number;
  /** Characters required after a window before it is read; see `reachOf`. */
  readonly after: number;
}

export class TextReader {
  readonly #options: TextReaderOptions;
  readonly #plan: Plan;
  /** In the order of the rules; absent before any of them may have matched. */
  #matches: RuleMatch[] | undefined;
  /** The text from offset `#base` on. */
  #text = '';
  #base = 0;
  #knownTo = 0;
  /** End of the text that windows have shown so far. */
  #seenTo = 0;

  constructor(options: TextReaderOptions) {
    this.#options = options;
    this.#plan = planOf(options.rules);
  }

  /** Matches that start before this offset are known. */
  get known(): number {
    return this.#knownTo;
  }

  /** Adds text and reads all complete windows. */
  push(chunk: string): void {
    this.#text += chunk;
    while (this.#step()) continue;
  }

  /** Reads the rest; the text is complete. */
  end(): void {
    this.#read(this.#base + this.#text.length, false);
  }

  /** Reads a complete text in steps of one window. */
  *steps(text: string): Generator<void> {
    this.#text += text;
    while (this.#step()) yield;
    this.end();
  }

  /** In the order of the rules. */
  get ruleMatches(): readonly RuleMatch[] {
    return this.#matches ?? this.#plan.unmatched;
  }

  #step(): boolean {
    const { step, after } = this.#options;
    const to = this.#knownTo + step;
    if (this.#base + this.#text.length < to + after) return false;
    this.#read(to, true);
    return true;
  }

  #read(to: number, hasMore: boolean): void {
    const { view, after, isClean = false, found } = this.#options;
    const from = Math.max(0, this.#knownTo - this.#plan.before - this.#base);
    const shift = this.#base + from;
    const own = found && { candidates: found.candidates, start: found.start + shift };
    const part = view(this.#text.slice(from, to + after - this.#base), hasMore, isClean, own);
    const window = { shift, from: this.#knownTo, to, seen: this.#seenTo };
    for (const index of this.#plan.rulesFor(part)) {
      const rule = this.#options.rules[index];
      if (!rule) continue;
      this.#matches ??= [...this.#plan.unmatched];
      const known = this.#matches[index];
      const match = known instanceof FoundMatch ? known : new FoundMatch(rule);
      match.read(part, window);
      this.#matches[index] = match;
    }
    this.#knownTo = to;
    this.#seenTo = shift + part.text.length;
    const unneeded = Math.max(0, to - this.#plan.before - this.#base);
    this.#text = this.#text.slice(unneeded);
    this.#base += unneeded;
  }
}

/** Returns how many characters from its start on may decide whether a match counts. */
export function reachOf({ texts }: Rule, window = Infinity): number {
  const reach = Math.max(0, ...[...texts.any, ...texts.all].map(({ after }) => after));
  const exceptions = texts.unless.map(({ after }) => Math.min(after, window) + EXCEPTION_CHARS);
  return Math.min(reach, window) + Math.max(0, ...exceptions);
}

const plans = new WeakMap<readonly Rule[], Plan>();

function planOf(rules: readonly Rule[]): Plan {
  const plan = plans.get(rules) ?? new Plan(rules);
  plans.set(rules, plan);
  return plan;
}

/** What all readers with the same rules share. */
class Plan {
  /** Characters before a window that the rules need. */
  readonly before: number;
  readonly unmatched: readonly RuleMatch[];
  /** Places of the rules that may match any text, any text that is not clean, and one with a group of evidence. */
  readonly #any: readonly number[];
  readonly #unclean: readonly number[];
  readonly #byGroup = new Map<number, number[]>();

  constructor(rules: readonly Rule[]) {
    const before = rules.flatMap(({ texts }) => [
      ...[...texts.any, ...texts.all].map((matcher) => matcher.before),
      ...texts.unless.map((matcher) => matcher.before + matcher.after + EXCEPTION_CHARS),
    ]);
    this.before = Math.max(0, ...before);
    this.unmatched = unmatched(rules);
    const having = (is: (matcher: TextMatcher) => boolean) =>
      [...rules.keys()].filter((index) => rules[index] && matchersOf(rules[index]).some(is));
    this.#any = having(({ evidence }) => evidence === undefined);
    this.#unclean = having(({ evidence, findsPersonal }) => !evidence || findsPersonal === true);
    for (const [index, rule] of rules.entries()) {
      for (const { evidence } of matchersOf(rule)) {
        for (const group of evidence === undefined ? [] : groupsOf(evidence)) {
          this.#byGroup.set(group, [...(this.#byGroup.get(group) ?? []), index]);
        }
      }
    }
  }

  /** Places of the rules that may match a text. */
  rulesFor({ isClean, shown }: TextView): Iterable<number> {
    const always = isClean ? this.#any : this.#unclean;
    if (shown.size === 0) return always;
    const all = new Set(always);
    for (const group of shown) for (const index of this.#byGroup.get(group) ?? []) all.add(index);
    return all;
  }
}

function matchersOf({ texts }: Rule): readonly TextMatcher[] {
  return [...texts.any, ...texts.all];
}

/** Whether `find` may find anything. */
export function mayMatch({ evidence, findsPersonal }: TextMatcher, view: TextView): boolean {
  if (evidence === undefined || (findsPersonal === true && !view.isClean)) return true;
  return isShown(evidence, view.shown);
}

/** What is found in a text without a match. */
function unmatched(rules: readonly Rule[]): readonly RuleMatch[] {
  return Object.freeze(rules.map(({ texts }) => (texts.all.length === 0 ? UNMATCHED : NOT_ALL)));
}

const UNMATCHED: RuleMatch = { any: false, all: true, ranges: [] };
const NOT_ALL: RuleMatch = { any: false, all: false, ranges: [] };

/** Offsets in the complete text. */
interface Window {
  /** Start of the view. */
  readonly shift: number;
  readonly from: number;
  readonly to: number;
  /** End of the text that earlier windows have shown. */
  readonly seen: number;
}

/** Collects the matches of one rule. */
class FoundMatch implements RuleMatch {
  readonly ranges: Range[] = [];
  readonly #rule: Rule;
  readonly #counts = new Map<TextMatcher, number>();

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  get any(): boolean {
    return this.#rule.texts.any.some((matcher) => this.#holds(matcher));
  }

  get all(): boolean {
    return this.#rule.texts.all.every((matcher) => this.#holds(matcher));
  }

  #holds(matcher: TextMatcher): boolean {
    return (this.#counts.get(matcher) ?? 0) >= (matcher.countMin ?? 1);
  }

  /** Adds matches that start in the window or extend beyond what earlier windows have shown. */
  read(view: TextView, { shift, from, to, seen }: Window): void {
    const { texts, action } = this.#rule;
    let excepted: Range[] | undefined;
    const found = (matcher: TextMatcher) => {
      const all = mayMatch(matcher, view) ? matcher.find(view) : NO_RANGES;
      // The usual case: few rules match.
      if (all.length === 0) return all;
      return all.filter((range) => {
        const start = range.start + shift;
        if (start >= to || (start < from && range.end + shift <= seen)) return false;
        excepted ??= segments(texts.unless.flatMap((exception) => [...exception.find(view)]));
        return !excepted.some(({ start: first, end }) => first <= range.end && range.start <= end);
      });
    };
    for (const matcher of texts.all) this.#count(matcher, found(matcher).length);
    const ranges: Range[] = [];
    for (const matcher of texts.any) {
      const matches = found(matcher);
      this.#count(matcher, matches.length);
      for (const { start, end } of matches) {
        ranges.push({ start: Math.max(from, start + shift), end: end + shift });
      }
    }
    const isFull = action !== 'redact' && this.ranges.length > 0;
    if (isFull || ranges.length === 0) return;
    ranges.sort((one, other) => one.start - other.start || one.end - other.end);
    this.ranges.push(...(action === 'redact' ? ranges : ranges.slice(0, 1)));
  }

  #count(matcher: TextMatcher, more: number): void {
    if (more > 0) this.#counts.set(matcher, (this.#counts.get(matcher) ?? 0) + more);
  }
}

const NO_RANGES: readonly Range[] = [];

/** Merges the surroundings of exceptions into disjoint ranges. */
function segments(exceptions: readonly Range[]): Range[] {
  const merged: { start: number; end: number }[] = [];
  for (const exception of exceptions.toSorted((one, other) => one.start - other.start)) {
    const start = exception.start - EXCEPTION_CHARS;
    const end = exception.end + EXCEPTION_CHARS;
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
