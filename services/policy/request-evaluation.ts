// Holds a request against a policy: the facts of the request first, then its texts, each remembered by
// its hash, as a conversation sends its whole history again on every turn. All rules are looked at,
// whatever the others say.

import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Range } from '../../shared/privacy/detect/detector.ts';
import type { JsonString } from '../../shared/json/parse.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { Limits } from '../../shared/limits.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import {
  hasNoAny,
  type Caller,
  type Policy,
  type Rule,
  type ViewText,
} from '../../shared/policy/policy.ts';
import { requestFactsOf } from '../../shared/policy/request-facts.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { TextReader, type RuleMatch } from '../../shared/policy/text-reader.ts';
import { Remotes } from './remotes.ts';
import { hitsWithoutText, RuleSets, candidatesOf, type RuleSet } from './request-rules.ts';
import { segmentsOf, textsOf, type Segment, type Text } from './request-texts.ts';

/** Where a rule hit: in a text of the request. */
export interface HitPlace {
  readonly place: Place;
  readonly span: JsonString;
  /** In units of the text's value. */
  readonly ranges: readonly Range[];
}

export interface SearchHit {
  readonly rule: Rule;
  /** Empty where the request as a whole was hit. */
  readonly places: readonly HitPlace[];
}

export interface Judgement {
  /** In the order of the policy's rules. */
  readonly hits: readonly SearchHit[];
  /** Rules for which a remote matcher did not answer. */
  readonly unanswered: readonly { readonly rule: Rule; readonly error: unknown }[];
}

/** Units read between two breaths: some milliseconds with many rules. */
const STEP_UNITS = 8_192;

/** What a text is remembered for: the policies in use, for turns that are the latest and that were. */
const READINGS_MAX = 4;

export type RequestJudgeLimits = Pick<Limits, 'scanCacheEntriesMax' | 'policyCacheCharsMin'>;

/** A stretch of a text, and how far it meets the rules of its set. */
interface Matched extends Segment {
  readonly ruleMatches: readonly RuleMatch[];
}

/** What was found in a text for the rules of some place. */
interface Reading {
  /** See PlaceRules. */
  readonly key: string;
  readonly matched: readonly Matched[];
}

export class RequestJudge {
  readonly #limits: RequestJudgeLimits;
  readonly #scanner: object | undefined;
  readonly #cache: LruCache<readonly Reading[]>;
  readonly #remotes: Remotes;
  readonly #setsByPolicy = new WeakMap<Policy, RuleSets>();

  /** `scanner` is what policies look for personal data with. */
  constructor(limits: RequestJudgeLimits, scanner?: object) {
    this.#limits = limits;
    this.#scanner = scanner;
    this.#cache = new LruCache(limits.scanCacheEntriesMax);
    this.#remotes = new Remotes(limits.scanCacheEntriesMax);
  }

  /** Rejects when `breath` has no time left. */
  async judge(
    policy: Policy,
    caller: Caller,
    body: ParsedRequest,
    timeSlice: TimeSlice,
  ): Promise<Judgement> {
    const candidates = candidatesOf(policy, caller, () => requestFactsOf(body));
    const places = new Map<Rule, HitPlace[]>(
      candidates.filter(hitsWithoutText).map(({ rule }) => [rule, []]),
    );
    const preMatched = new Set(candidates.filter(({ any }) => any).map(({ rule }) => rule));
    const unanswered = new Map<Rule, unknown>();
    const rules = candidates.map(({ rule }) => rule);
    for (const one of textsOf(body, this.#setsOf(policy, rules))) {
      for (const matched of await this.#matched(policy, one, body, timeSlice)) {
        const set = one.rules[matched.set];
        if (isUnmatched(matched) && !set.hitsUnmatched && preMatched.size === 0) continue;
        const value = () => body.textAt(one.span).value.slice(matched.start, matched.end);
        const asked = await this.#remotes.ask(
          policy,
          set,
          value,
          matched.ruleMatches,
          preMatched,
          timeSlice.signal,
        );
        for (const { rule, error } of asked.unanswered) unanswered.set(rule, error);
        for (const [rule, ranges] of hitsIn(
          { ...matched, ruleMatches: asked.ruleMatches },
          set,
          preMatched,
        )) {
          const known = places.get(rule) ?? [];
          known.push({ place: one.place, span: one.span, ranges });
          places.set(rule, known);
        }
      }
      if (timeSlice.isDue()) await timeSlice.take();
    }
    return {
      hits: rules.flatMap((rule) => {
        const found = places.get(rule);
        return found ? { rule, places: found } : [];
      }),
      unanswered: Array.from(unanswered, ([rule, error]) => ({ rule, error })),
    };
  }

  /** Those of the last request, as nearly all are held against the same rules. */
  #setsOf(policy: Policy, rules: readonly Rule[]): RuleSets {
    const known = this.#setsByPolicy.get(policy);
    const isSame =
      known?.rules.length === rules.length && rules.every((rule, at) => known.rules[at] === rule);
    if (known && isSame) return known;
    const sets = new RuleSets(policy.label, rules);
    this.#setsByPolicy.set(policy, sets);
    return sets;
  }

  async #matched(
    policy: Policy,
    one: Text,
    body: ParsedRequest,
    timeSlice: TimeSlice,
  ): Promise<readonly Matched[]> {
    const { span, rules } = one;
    const isKept = span.end - span.start >= this.#limits.policyCacheCharsMin;
    if (!isKept) return await this.#readText(policy, one, body, timeSlice);
    const { key } = body.textAt(span);
    const readings = this.#cache.get(key);
    const known = readings?.find((reading) => reading.key === rules.key);
    if (known) return known.matched;
    const matched = await this.#readText(policy, one, body, timeSlice);
    // Others may have read it meanwhile.
    const others = (this.#cache.get(key) ?? []).filter((reading) => reading.key !== rules.key);
    this.#cache.set(key, [{ key: rules.key, matched }, ...others].slice(0, READINGS_MAX));
    return matched;
  }

  async #readText(
    { view }: Policy,
    { span, rules }: Text,
    body: ParsedRequest,
    timeSlice: TimeSlice,
  ): Promise<readonly Matched[]> {
    const text = body.textAt(span);
    const isClean = this.#scanner !== undefined && text.isCleanFor(this.#scanner);
    const viewed: ViewText = (segment, goesOn) => view(segment, goesOn, isClean);
    const { value } = text;
    const matched: Matched[] = [];
    for (const segment of segmentsOf(value, rules)) {
      const { start, end, set } = segment;
      const ruleMatches = await read(viewed, rules[set], value.slice(start, end), timeSlice);
      matched.push({ ...segment, ruleMatches });
    }
    const [only, ...more] = matched;
    return only?.set === 'all' && more.length === 0 && isUnmatched(only)
      ? unmatched(only.ruleMatches)
      : matched;
  }
}

/** The rules that hit in a stretch, and where in its text. */
function* hitsIn(
  { start: from, ruleMatches }: Matched,
  { rules }: RuleSet,
  preMatched: ReadonlySet<Rule>,
): Generator<[rule: Rule, ranges: readonly Range[]]> {
  for (const [index, rule] of rules.entries()) {
    const ruleMatch = ruleMatches[index];
    if (!ruleMatch?.all || !(ruleMatch.any || preMatched.has(rule) || hasNoAny(rule))) continue;
    yield [
      rule,
      ruleMatch.ranges.map(({ start, end }) => ({ start: start + from, end: end + from })),
    ];
  }
}

async function read(
  view: ViewText,
  { rules, after }: RuleSet,
  value: string,
  timeSlice: TimeSlice,
): Promise<readonly RuleMatch[]> {
  const reader = new TextReader({ rules, view, step: STEP_UNITS, after });
  for (const _ of reader.steps(value)) if (timeSlice.isDue()) await timeSlice.take();
  if (timeSlice.isDue()) await timeSlice.take();
  if (reader.ruleMatches.every(isNotMatched)) return noRuleMatches(reader.ruleMatches.length);
  return reader.ruleMatches.map((ruleMatch) =>
    isNotMatched(ruleMatch)
      ? NOT_MATCHED
      : { any: ruleMatch.any, all: ruleMatch.all, ranges: ruleMatch.ranges },
  );
}

const NOT_MATCHED: RuleMatch = { any: false, all: true, ranges: [] };

function isNotMatched({ any, all, ranges }: RuleMatch): boolean {
  return ranges.length === 0 && any === NOT_MATCHED.any && all === NOT_MATCHED.all;
}

const noRuleMatchesByCount = new Map<number, readonly RuleMatch[]>();

/** One list for all texts that meet nothing, as nearly all do: each is remembered. */
function noRuleMatches(count: number): readonly RuleMatch[] {
  const known = noRuleMatchesByCount.get(count);
  if (known) return known;
  const none = Object.freeze(Array.from({ length: count }, () => NOT_MATCHED));
  noRuleMatchesByCount.set(count, none);
  return none;
}

/** Whether nothing at all was found there. */
function isUnmatched({ ruleMatches }: Matched): boolean {
  return ruleMatches === noRuleMatchesByCount.get(ruleMatches.length);
}

const unmatchedByRuleMatches = new Map<readonly RuleMatch[], readonly Matched[]>();

/** The same for a text that is read as a whole, to its end wherever that is. */
function unmatched(ruleMatches: readonly RuleMatch[]): readonly Matched[] {
  const known = unmatchedByRuleMatches.get(ruleMatches);
  if (known) return known;
  const matched: readonly Matched[] = [{ start: 0, end: Infinity, set: 'all', ruleMatches }];
  unmatchedByRuleMatches.set(ruleMatches, matched);
  return matched;
}
