// Selects the rules that apply to a request and to each of its text fields. Rules that can no longer
// match are dropped before any text is read.

import { reachOf } from '../../shared/policy/text-reader.ts';
import type { TextFieldPart } from '../../shared/anthropic/text-fields.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import type { RequestMatcher } from '../../shared/policy/matcher.ts';
import {
  hasRemoteMatchers,
  hasNoAny,
  readsTexts,
  type Caller,
  type Policy,
  type Rule,
} from '../../shared/policy/policy.ts';
import type { RequestFacts } from '../../shared/policy/request-facts.ts';

/** A rule that may still match after the request's facts are known. */
export interface Candidate {
  readonly rule: Rule;
  /** Whether a request matcher in `any` holds, so no text has to match. */
  readonly any: boolean;
}

/** Rules evaluated together on one segment. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** See TextReaderOptions. */
  readonly after: number;
  /** Whether a rule may match a text without findings. */
  readonly hitsUnmatched: boolean;
  readonly hasRemotes: boolean;
}

/** The whole text, the text outside reminders, or the reminders. */
export type SetName = 'all' | 'text' | 'reminder';

/** The rules for text fields in one place; each rule is in exactly one set. */
export interface PlaceRules extends Readonly<Record<SetName, RuleSet>> {
  readonly isEmpty: boolean;
  /** Unique per policy and place. */
  readonly key: string;
}

/** The rules that may match. `readFacts` runs only if a rule needs the facts. */
export function candidatesOf(
  policy: Policy,
  caller: Caller,
  readFacts: () => RequestFacts,
): Candidate[] {
  let facts: RequestFacts | undefined;
  const holds = (matcher: RequestMatcher) => matcher.holds((facts ??= readFacts()));
  // A rule for a model also holds for a request that names it as fallback or advisor, or lets the
  // upstream choose.
  const isFor = (rule: Rule) =>
    rule.isFor(caller) ||
    rule.isFor({ ...caller, isAnyModel: (facts ??= readFacts()).isAnyModel }) ||
    facts.models.some((model) => rule.isFor({ ...caller, model }));
  return policy.rules
    .filter((rule) => rule.onRequest && isFor(rule))
    .filter(({ requests }) => requests.all.every(holds) && !requests.unless.some(holds))
    .map((rule) => ({ rule, any: rule.requests.any.some(holds) }))
    .filter((candidate) => readsTexts(candidate.rule) || hitsWithoutText(candidate));
}

/** Whether the rule matches on request facts alone. */
export function hitsWithoutText({ rule, any }: Candidate): boolean {
  if (readsTexts(rule)) {
    const { texts, remotes } = rule;
    return any && texts.all.length + remotes.all.length === 0;
  }
  return any || rule.requests.any.length === 0;
}

/** Groups a policy's rules by place and caches the groups. */
export class RuleSets {
  readonly rules: readonly Rule[];
  readonly #label: string;
  readonly #latest = new Map<TextFieldPart, PlaceRules>();
  readonly #earlier = new Map<TextFieldPart, PlaceRules>();

  constructor(label: string, rules: readonly Rule[]) {
    this.#label = label;
    this.rules = rules;
  }

  /** @param isLatest whether the text belongs to the latest turn */
  of(part: TextFieldPart, isLatest: boolean): PlaceRules {
    const rulesByPart = isLatest ? this.#latest : this.#earlier;
    const cached = rulesByPart.get(part);
    if (cached) return cached;
    const own = this.rules.filter(({ latestTurnOnly }) => isLatest || !latestTurnOnly);
    const rules = part === 'user' ? userRules(own) : { all: own.filter(appliesTo(part)) };
    const sets = {
      all: setOf(rules.all),
      text: setOf(rules.text),
      reminder: setOf(rules.reminder),
    };
    const ids = Object.values(sets).map((set) => set.rules.map(({ id }) => id));
    const placeRules: PlaceRules = {
      ...sets,
      isEmpty: ids.every((list) => list.length === 0),
      // Hashed because the key is stored with every cached text.
      key: LruCache.keyOf(JSON.stringify([this.#label, ids])),
    };
    rulesByPart.set(part, placeRules);
    return placeRules;
  }
}

type RulesBySet = Readonly<Partial<Record<SetName, readonly Rule[]>>>;

/** Rules for both text and reminders read the whole text: a match may span the boundary. */
function userRules(rules: readonly Rule[]): RulesBySet {
  const text = rules.filter(appliesTo('user'));
  const reminder = rules.filter(appliesTo('reminder'));
  return {
    all: text.filter((rule) => reminder.includes(rule)),
    text: text.filter((rule) => !reminder.includes(rule)),
    reminder: reminder.filter((rule) => !text.includes(rule)),
  };
}

function appliesTo(part: TextFieldPart | 'reminder'): (rule: Rule) => boolean {
  return ({ parts }) => parts.has(part);
}

function setOf(rules: readonly Rule[] = []): RuleSet {
  const hasRemotes = rules.some(hasRemoteMatchers);
  return {
    rules,
    after: Math.max(0, ...rules.map((rule) => reachOf(rule))),
    hitsUnmatched: hasRemotes || rules.some(hasNoAny),
    hasRemotes,
  };
}
