// Which rules of a policy a request is to be held against, by the places of its texts. Rules that
// cannot hit any more, whatever the texts say, are left out before the first text is read.

import { reachOf } from '../../shared/policy/text-reader.ts';
import type { Place } from '../../shared/leaves.ts';
import { Memo } from '../../shared/memo.ts';
import type { RequestMatcher } from '../../shared/policy/matcher.ts';
import { readsTexts, type Caller, type Policy, type Rule } from '../../shared/policy/policy.ts';
import type { RequestFacts } from '../../shared/policy/request-facts.ts';

/** What the request as a whole says to a rule. */
export interface Standing {
  readonly rule: Rule;
  /** Whether a matcher of requests in `any` holds, so that no text has to. */
  readonly any: boolean;
}

/** Rules that one text is read for. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Tells this set apart from the others of its policy. */
  readonly key: string;
  /** See TextReaderOptions. */
  readonly after: number;
}

/** The rules that may hit. `readFacts` is called where a rule asks for them. */
export function standingsOf(
  policy: Policy,
  caller: Caller,
  readFacts: () => RequestFacts,
): Standing[] {
  let facts: RequestFacts | undefined;
  const holds = (matcher: RequestMatcher) => matcher.holds((facts ??= readFacts()));
  return policy.rules
    .filter((rule) => rule.onRequest && rule.isFor(caller))
    .filter(({ requests }) => requests.all.every(holds) && !requests.unless.some(holds))
    .map((rule) => ({ rule, any: rule.requests.any.some(holds) }))
    .filter((standing) => readsTexts(standing.rule) || hitsWithoutText(standing));
}

/** For a rule without matchers of texts. */
export function hitsWithoutText({ rule, any }: Standing): boolean {
  if (readsTexts(rule)) {
    const { texts, remotes } = rule;
    return any && texts.all.length + remotes.all.length === 0;
  }
  return any || rule.requests.any.length === 0;
}

/** Sorts rules into sets by the place of a text; the same set for the same place. */
export class RuleSets {
  readonly #rules: readonly Rule[];
  readonly #latestTurn: number;
  readonly #setByPlace = new Map<string, RuleSet>();

  constructor(rules: readonly Rule[], latestTurn: number) {
    this.#rules = rules;
    this.#latestTurn = latestTurn;
  }

  /** For all of a text, or for a stretch of one that has reminders in it. */
  of({ part, turn }: Place, which: 'all' | 'text' | 'reminder'): RuleSet {
    const isLatest = turn >= this.#latestTurn;
    const place = `${part} ${isLatest} ${which}`;
    const known = this.#setByPlace.get(place);
    if (known) return known;
    const set = this.#set(
      this.#rules.filter((rule) => {
        if (rule.latestTurnOnly && !isLatest) return false;
        if (part !== 'user') return rule.parts.has(part);
        const [inText, inReminder] = [rule.parts.has('user'), rule.parts.has('reminder')];
        // A rule for both does not look at stretches: a match may begin in one and end in the other.
        if (which === 'all') return inText && inReminder;
        return inText !== inReminder && (which === 'text' ? inText : inReminder);
      }),
    );
    this.#setByPlace.set(place, set);
    return set;
  }

  #set(rules: readonly Rule[]): RuleSet {
    // Kept with each text that is remembered, so all ids would be too long.
    const key = Memo.keyOf(rules.map(({ id }) => id).join(' '));
    return { rules, key, after: Math.max(0, ...rules.map((rule) => reachOf(rule))) };
  }
}
