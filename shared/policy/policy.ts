// A compiled policy. Rules are unordered: every match is reported, and the strongest action
// applies.

import type { RemoteMatcher, RequestMatcher, TextMatcher, TextView } from './matcher.ts';
import type { TextValue } from '../json/text-value.ts';
import type { FoundKeywords } from './evidence.ts';
import type { Action, Part } from './document.ts';

/** Who sends a request, and the requested model. */
export interface Caller {
  /** Public id of the key. */
  readonly key: string;
  readonly team?: string | undefined;
  readonly model: string;
  /** Whether the upstream may choose the model. */
  readonly isAnyModel?: boolean;
}

/** Matchers of one kind by clause of the rule. */
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
  /** Whether streamed text is held until it is checked. */
  readonly holds: boolean;
  /** Characters from its start that decide a match in a stream. */
  readonly window: number;
  readonly isFor: (caller: Caller) => boolean;
  readonly texts: MatchersOf<TextMatcher>;
  readonly requests: MatchersOf<RequestMatcher>;
  readonly remotes: MatchersOf<RemoteMatcher>;
}

/**
 * `hasMore` if more text follows; `isClean` if the text is known to hold no personal data; `found` of a text
 * of a body.
 */
export type ViewText = (
  text: string,
  hasMore: boolean,
  isClean?: boolean,
  found?: FoundKeywords,
) => TextView;

export interface Policy {
  /** Name and version for logs: `default@1f3c9a7e`. */
  readonly label: string;
  readonly enforces: boolean;
  /** Whether a request passes if a remote matcher fails. */
  readonly opensOnError: boolean;
  readonly rules: readonly Rule[];
  /** Prepares a segment of text for the matchers of this policy. */
  readonly view: ViewText;
  /** What the pass over a body found in a text for this policy; undefined if it looked for something else. */
  readonly foundIn: (text: TextValue) => Uint32Array | undefined;
}

/** Whether the rule has no `any` clause, so `all` decides. */
export function hasNoAny({ texts, requests, remotes }: Rule): boolean {
  return texts.any.length + requests.any.length + remotes.any.length === 0;
}

/** Whether the rule has remote matchers. */
export function hasRemoteMatchers({ remotes: { any, all, unless } }: Rule): boolean {
  return any.length + all.length + unless.length > 0;
}

/** Whether the rule inspects texts, not only the request as a whole. */
export function readsTexts({ texts, remotes }: Rule): boolean {
  return [texts, remotes].some(({ any, all }) => any.length + all.length > 0);
}
