// Which rules of a policy a request is to be held against, by the places of its texts. Rules that
// cannot hit any more, whatever the texts say, are left out before the first text is read.

import { reachOf } from '../../shared/policy/text-reader.ts';
import type { TextFieldPart } from '../../shared/anthropic/text-fields.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import type { RequestMatcher } from '../../shared/policy/matcher.ts';
import {
  asksAnybody,
  hasNoAny,
  readsTexts,
  type Caller,
  type Policy,
  type Rule,
} from '../../shared/policy/policy.ts';
import type { RequestFacts } from '../../shared/policy/request-facts.ts';

/** What the request as a whole says to a rule. */
export interface Candidate {
  readonly rule: Rule;
  /** Whether a matcher of requests in `any` holds, so that no text has to. */
  readonly any: boolean;
}

/** Rules that one stretch of a text is read for. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** See TextReaderOptions. */
  readonly after: number;
  /** Whether a rule may hit a text in which nothing was found. */
  readonly hitsUnmatched: boolean;
}

/** Of a text: all of it, what is not in reminders, what is. */
export type SetName = 'all' | 'text' | 'reminder';

/** The rules for texts of one place; each rule is in one of the sets. */
export interface PlaceRules extends Readonly<Record<SetName, RuleSet>> {
  readonly isEmpty: boolean;
  /** Tells them apart from those of other places, and of other policies. */
  readonly key: string;
}

/** The rules that may hit. `readFacts` is called where a rule asks for them. */
export function candidatesOf(
  policy: Policy,
  caller: Caller,
  readFacts: () => RequestFacts,
): Candidate[] {
  let facts: RequestFacts | undefined;
  const holds = (matcher: RequestMatcher) => matcher.holds((facts ??= readFacts()));
  return policy.rules
    .filter((rule) => rule.onRequest && rule.isFor(caller))
    .filter(({ requests }) => requests.all.every(holds) && !requests.unless.some(holds))
    .map((rule) => ({ rule, any: rule.requests.any.some(holds) }))
    .filter((candidate) => readsTexts(candidate.rule) || hitsWithoutText(candidate));
}

/** For a rule without matchers of texts. */
export function hitsWithoutText({ rule, any }: Candidate): boolean {
  if (readsTexts(rule)) {
    const { texts, remotes } = rule;
    return any && texts.all.length + remotes.all.length === 0;
  }
  return any || rule.requests.any.length === 0;
}

/** Sorts the rules of a policy by the places of texts; the same rules for the same place. */
export class RuleSets {
  readonly rules: readonly Rule[];
  readonly #label: string;
  readonly #rulesByPlace = new Map<string, PlaceRules>();

  constructor(label: string, rules: readonly Rule[]) {
    this.#label = label;
    this.rules = rules;
  }

  /** `isLatest` for texts of the latest turn. */
  of(part: TextFieldPart, isLatest: boolean): PlaceRules {
    const place = isLatest ? part : `${part} before`;
    const known = this.#rulesByPlace.get(place);
    if (known) return known;
    const own = this.rules.filter(({ latestTurnOnly }) => isLatest || !latestTurnOnly);
    const rules = part === 'user' ? usersRules(own) : { all: own.filter(isFor(part)) };
    const sets = {
      all: setOf(rules.all),
      text: setOf(rules.text),
      reminder: setOf(rules.reminder),
    };
    const ids = Object.values(sets).map((set) => set.rules.map(({ id }) => id));
    const made: PlaceRules = {
      ...sets,
      isEmpty: ids.every((list) => list.length === 0),
      // All ids would be too long to be kept with each text that is remembered.
      key: LruCache.keyOf(JSON.stringify([this.#label, ids])),
    };
    this.#rulesByPlace.set(place, made);
    return made;
  }
}

type Sorted = Readonly<Partial<Record<SetName, readonly Rule[]>>>;

/** A rule for both does not look at stretches: a match may begin in one and end in the other. */
function usersRules(rules: readonly Rule[]): Sorted {
  const text = rules.filter(isFor('user'));
  const reminder = rules.filter(isFor('reminder'));
  return {
    all: text.filter((rule) => reminder.includes(rule)),
    text: text.filter((rule) => !reminder.includes(rule)),
    reminder: reminder.filter((rule) => !text.includes(rule)),
  };
}

function isFor(part: TextFieldPart | 'reminder'): (rule: Rule) => boolean {
  return ({ parts }) => parts.has(part);
}

function setOf(rules: readonly Rule[] = []): RuleSet {
  return {
    rules,
    after: Math.max(0, ...rules.map((rule) => reachOf(rule))),
    hitsUnmatched: rules.some((rule) => hasNoAny(rule) || asksAnybody(rule)),
  };
}
