// What a matcher is: a question about a text, about a request as a whole, or for somebody else to
// answer. Each stands in a file of its own under `matchers/`, which exports the zod schema of how it
// is written in a policy file and a function that compiles that into one of these.

import type { Finding, Range } from '../privacy/detect/detector.ts';
import type { RequestFacts } from './request-facts.ts';
import type { NormalizedText } from './folded-text.ts';

/** A stretch of text, with what several matchers need of it; see text-view.ts. */
export interface TextView {
  readonly text: string;
  /** Whether there is more behind it, so that its end is not that of what is judged. */
  readonly goesOn: boolean;
  readonly normalized: NormalizedText;
  /** Where words of the list stand in the folded text, in its order; they may overlap. */
  occurrences(list: WordList): readonly Range[];
  /** Personal data and secrets in it. */
  findings(): readonly Finding[];
  /** What `make` makes of the text; made once for all matchers that ask with the same function. */
  derived<Value>(make: (text: string) => Value): Value;
}

/**
 * Looks for matches in a text. Local: whether there is a match at a place depends on `before` units in
 * front of it and on `after` units from its start on, so that long texts and streams can be read in
 * windows. What is longer than that is found as far as a window shows it.
 */
export interface TextMatcher {
  readonly kind: 'text';
  readonly before: number;
  /** The match itself included. */
  readonly after: number;
  /** How many matches a text must have for the matcher to hold; 1 without. */
  readonly countMin?: number;
  /** All matches, in the order of their starts; they may overlap. In linear time. */
  readonly find: (view: TextView) => readonly Range[];
}

/** Holds or does not hold for a request as a whole. */
export interface RequestMatcher {
  readonly kind: 'request';
  readonly holds: (facts: RequestFacts) => boolean;
}

/** Asks somebody else about a text. Rejects when there is no answer in time. */
export interface RemoteMatcher {
  readonly kind: 'remote';
  readonly ask: (text: string, signal: AbortSignal) => Promise<boolean>;
}

export type Matcher = TextMatcher | RequestMatcher | RemoteMatcher;

/** Words that the lexicon of a policy looks for, all of its lists in one pass. */
export interface WordList {
  /** Units of the longest word, with worker for confusables. */
  readonly unitsMax: number;
  /** Index of the list in its lexicon. */
  readonly index: number;
}

export interface WordOptions {
  /** Only where no message or digit goes on on either side. */
  readonly wholeWord: boolean;
  readonly ignoreCase: boolean;
}

/** Answers one prompt; rejects when there is no answer before `signal` aborts. */
export type AskModel = (
  question: { readonly model: string; readonly system: string; readonly prompt: string },
  signal: AbortSignal,
) => Promise<string>;

/** What a matcher is compiled with. */
export interface MatcherKit {
  /** The policy's own lists of words, by name. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Adds words to those that are looked for in every text; see TextView. Throws MatcherFault. */
  readonly words: (words: readonly string[], options: WordOptions) => WordList;
  /** Finds personal data and secrets. */
  readonly scan: (text: string) => readonly Finding[];
  /** Runs `work` with a signal that aborts after `ms`, or when the one given does. */
  readonly deadline: <Result>(
    ms: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ) => Promise<Result>;
  /** Absent where no model can be asked. */
  readonly askModel?: AskModel;
}

/**
 * A matcher cannot be compiled; `message` says why in words that follow its path, and `path` leads from
 * the matcher to the field.
 */
export class MatcherError extends Error {
  override readonly name = 'MatcherFault';
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}
