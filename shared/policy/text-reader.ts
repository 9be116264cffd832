// Reads a text in windows, for the rules of a policy. The places of the windows depend on nothing but
// the text, so a stream is judged as the whole text would be, wherever its pieces are cut; and a large
// text can be read in small steps.

import type { Range } from '../privacy/detect/detector.ts';
import type { TextMatcher, TextView } from './matcher.ts';
import type { Rule } from './policy.ts';

/** How far a match of `unless` excuses: some sentences. */
const EXCEPTION_CHARS = 200;

/** How far one text meets a rule. */
export interface RuleMatch {
  /** Whether one of the rule's matchers of texts in `any` holds; false where there is none. */
  readonly any: boolean;
  /** Whether all of those in `all` hold; true where there is none. */
  readonly all: boolean;
  /** Matches of those in `any`, in the order of their starts; for a rule that redacts all of them. */
  readonly ranges: readonly Range[];
}

export interface TextReaderOptions {
  readonly rules: readonly Rule[];
  readonly view: (text: string, goesOn: boolean) => TextView;
  /** Units of a window. */
  readonly step: number;
  /** Units of text behind a window that must be there to read it; see `reachOf`. */
  readonly after: number;
}

export class TextReader {
  readonly #options: TextReaderOptions;
  readonly #before: number;
  readonly #candidates: readonly Candidate[];
  /** The text from `#base` on. */
  #text = '';
  #base = 0;
  #known = 0;
  /** Up to where the last window showed the text. */
  #seen = 0;

  constructor(options: TextReaderOptions) {
    this.#options = options;
    const matchers = options.rules.flatMap(({ texts }) => [
      ...[...texts.any, ...texts.all].map(({ before }) => before),
      ...texts.unless.map(({ before, after }) => before + after + EXCEPTION_CHARS),
    ]);
    this.#before = Math.max(0, ...matchers);
    this.#candidates = options.rules.map((rule) => new Candidate(rule));
  }

  /** Matches that start before this unit are known. */
  get known(): number {
    return this.#known;
  }

  /** Adds text, and reads what can be read by now. */
  push(chunk: string): void {
    this.#text += chunk;
    while (this.#step()) continue;
  }

  /** The text is complete. */
  end(): void {
    this.#read(this.#base + this.#text.length, false);
  }

  /** The same for a whole text, in steps of a window each. */
  *steps(text: string): Generator<void> {
    this.#text += text;
    while (this.#step()) yield;
    this.end();
  }

  /** In the order of the rules. */
  get ruleMatches(): readonly RuleMatch[] {
    return this.#candidates;
  }

  #step(): boolean {
    const { step, after } = this.#options;
    const to = this.#known + step;
    if (this.#base + this.#text.length < to + after) return false;
    this.#read(to, true);
    return true;
  }

  #read(to: number, goesOn: boolean): void {
    const { view, after } = this.#options;
    const from = Math.max(0, this.#known - this.#before - this.#base);
    const part = view(this.#text.slice(from, to + after - this.#base), goesOn);
    const shift = this.#base + from;
    const window = { shift, from: this.#known, to, seen: this.#seen };
    for (const candidate of this.#candidates) candidate.read(part, window);
    this.#known = to;
    this.#seen = shift + part.text.length;
    const unneeded = Math.max(0, to - this.#before - this.#base);
    this.#text = this.#text.slice(unneeded);
    this.#base += unneeded;
  }
}

/** How many units behind its start may decide whether a match counts. */
export function reachOf({ texts }: Rule, window = Infinity): number {
  const own = Math.max(0, ...[...texts.any, ...texts.all].map(({ after }) => after));
  const exceptions = texts.unless.map(({ after }) => Math.min(after, window) + EXCEPTION_CHARS);
  return Math.min(own, window) + Math.max(0, ...exceptions);
}

/** Places in the whole text. */
interface Window {
  /** Where the view starts. */
  readonly shift: number;
  readonly from: number;
  readonly to: number;
  /** Up to where windows before have shown the text. */
  readonly seen: number;
}

/** What has been found for one rule. */
class Candidate implements RuleMatch {
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

  /** Takes the matches that start within the window, or reach to where none before it could see. */
  read(view: TextView, { shift, from, to, seen }: Window): void {
    const { texts, action } = this.#rule;
    let excepted: Range[] | undefined;
    const found = (matcher: TextMatcher) => {
      const all = matcher.find(view);
      // Nearly always nothing: many rules, few of which find something.
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
      const own = found(matcher);
      this.#count(matcher, own.length);
      for (const { start, end } of own) {
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

/** Where matches are excused: few, as those that overlap are one. */
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
