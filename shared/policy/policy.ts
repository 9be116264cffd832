// A policy ready for use: rules whose matchers are compiled, sorted by what they look at. Rules have no
// order among each other; all that hit are reported, and the strongest action is what happens.

import type { RemoteMatcher, RequestMatcher, TextMatcher, TextView } from './matcher.ts';
import type { Action, Part } from './document.ts';

/** Whom a request is from and which model it asks for. */
export interface Caller {
  /** Public id of the key. */
  readonly key: string;
  readonly team?: string | undefined;
  readonly model: string;
}

/** The matchers of one kind, by how the rule needs them. */
export interface MatchersOf<Kind> {
  readonly any: readonly Kind[];
  readonly all: readonly Kind[];
  readonly unless: readonly Kind[];
}

export interface Rule {
  readonly id: string;
  readonly action: Action;
  readonly severity: string;
  readonly message: string | undefined;
  readonly onRequest: boolean;
  readonly onResponse: boolean;
  readonly parts: ReadonlySet<Part>;
  readonly latestTurnOnly: boolean;
  /** Whether text of a stream waits until it is judged. */
  readonly holds: boolean;
  /** Units from its start on that a match in a stream is looked for in. */
  readonly window: number;
  readonly isFor: (caller: Caller) => boolean;
  readonly texts: MatchersOf<TextMatcher>;
  readonly requests: MatchersOf<RequestMatcher>;
  readonly remotes: MatchersOf<RemoteMatcher>;
}

/** `goesOn` where there is more behind the text; `isClean` where it is known to hold no personal data. */
export type ViewText = (text: string, goesOn: boolean, isClean?: boolean) => TextView;

export interface Policy {
  /** Name and version, as they stand in logs: `default@1f3c9a7e`. */
  readonly label: string;
  readonly enforces: boolean;
  /** Whether a request goes on that a remote matcher did not answer for. */
  readonly opensOnError: boolean;
  readonly rules: readonly Rule[];
  /** A stretch of text as the matchers of this policy want it; `goesOn` where it is not the end. */
  readonly view: ViewText;
}

/** Whether nothing is in `any`, so that `all` is all there is. */
export function hasNoAny({ texts, requests, remotes }: Rule): boolean {
  return texts.any.length + requests.any.length + remotes.any.length === 0;
}

/** Whether the rule has matchers that ask somebody else. */
export function asksAnybody({ remotes: { any, all, unless } }: Rule): boolean {
  return any.length + all.length + unless.length > 0;
}

/** Whether the rule looks into texts, rather than at the request as a whole. */
export function readsTexts({ texts, remotes }: Rule): boolean {
  return [texts, remotes].some(({ any, all }) => any.length + all.length > 0);
}
