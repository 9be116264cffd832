// Matchers test a text, a whole request, or call a remote service. Each file in `matchers/` exports
// a row `{ schema, compile }`: the fields of a matcher in a policy file, and what they compile to.

import type { Finding, Range } from '../privacy/detect/detector.ts';
import type { Evidence, EvidenceTest, Shown } from './evidence.ts';
import type { RequestFacts } from './request-facts.ts';
import type { NormalizedText } from './normalized-text.ts';

/** A segment of text with data that several matchers share; see text-view.ts. */
export interface TextView {
  readonly text: string;
  /** Whether more text follows, so the end of `text` is not the end of the content. */
  readonly hasMore: boolean;
  readonly normalized: NormalizedText;
  /** Whether the text is known to hold no personal data. */
  readonly isClean: boolean;
  /** What evidence the text contains. */
  readonly shown: Shown;
  /** Returns the list's occurrences in the normalized text, by start; they may overlap. */
  occurrences(list: WordList): readonly Range[];
  /** Returns personal data and secrets in the text. */
  findings(): readonly Finding[];
  /** Returns `make(text)`, computed once per function. */
  derived<Value>(make: (text: string) => Value): Value;
}

/**
 * Finds matches in a text. A match depends only on `before` characters before its start and `after`
 * characters from it on, so long texts and streams can be read in windows. Longer matches may be cut.
 */
export interface TextMatcher {
  readonly kind: 'text';
  readonly before: number;
  /** Includes the match itself. */
  readonly after: number;
  /** Minimum number of matches in a text; 1 by default. */
  readonly countMin?: number;
  /** What a text contains that has a match; absent if only `find` can tell. */
  readonly evidence?: EvidenceTest | undefined;
  /** Whether it also matches personal data, which clean texts have none of. */
  readonly findsPersonal?: boolean;
  /** Returns all matches by start, in linear time; they may overlap. */
  readonly find: (view: TextView) => readonly Range[];
}

/** Tests a request as a whole. */
export interface RequestMatcher {
  readonly kind: 'request';
  readonly holds: (facts: RequestFacts) => boolean;
  /** Bounds that the request exceeds; numbers and names of settings only. */
  readonly exceeded?: (facts: RequestFacts) => readonly ExceededBound[];
}

/** A bound of a policy and what a request has in its place. */
export interface ExceededBound {
  readonly limit: string;
  readonly max: number;
  readonly sent: number;
}

/** Asks a remote service about a text. Rejects if it does not respond in time. */
export interface RemoteMatcher {
  readonly kind: 'remote';
  readonly ask: (text: string, signal: AbortSignal) => Promise<boolean>;
}

export type Matcher = TextMatcher | RequestMatcher | RemoteMatcher;

/** A list of words in a policy's lexicon, which finds all lists in one pass. */
export interface WordList {
  /** Maximum characters of a match, including an allowance for invisible ones. */
  readonly lengthMax: number;
  /** Index of the list in its lexicon. */
  readonly index: number;
}

export interface WordOptions {
  /** Requires that no letter or digit continues the word. */
  readonly wholeWord: boolean;
  readonly ignoreCase: boolean;
}

/** Returns a model's response to one prompt; rejects if `signal` aborts first. */
export type AskModel = (
  question: { readonly model: string; readonly system: string; readonly prompt: string },
  signal: AbortSignal,
) => Promise<string>;

/** Dependencies of the matchers. */
export interface MatcherContext {
  /** The policy's word lists by name. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Adds words to the policy's lexicon; see TextView. Throws MatcherError. */
  readonly words: (words: readonly string[], options: WordOptions) => WordList;
  /** Adds evidence to what is searched for in all texts; undefined if it cannot be found that way. */
  readonly evidence: (evidence: Evidence) => EvidenceTest | undefined;
  /** Finds personal data and secrets. */
  readonly scan: (text: string) => readonly Finding[];
  /** Runs `work` with a signal that aborts after `ms`, or when `signal` does. */
  readonly deadline: <Result>(
    ms: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ) => Promise<Result>;
  /** Absent if no model is available. */
  readonly askModel?: AskModel;
}

/** Reports a matcher that cannot be compiled; `path` leads from the matcher to the field. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}
