// Evaluates a request against a policy: applicable rules, text fields, a cached scan of each field, remote
// checks, result. Every rule is evaluated, whatever the others decide.

import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Range } from '../../shared/privacy/detect/detector.ts';
import type { TextNode } from '../../shared/json/parse.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { PolicyLimits } from '../../shared/limits.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import {
  hasNoAny,
  type Caller,
  type Policy,
  type Rule,
  type ViewText,
} from '../../shared/policy/policy.ts';
import { factSteps, requestFactsOf } from '../../shared/policy/request-facts.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { TextReader, type RuleMatch } from '../../shared/policy/text-reader.ts';
import { RemoteChecks, type FailedCheck } from './remote-checks.ts';
import {
  candidatesOf,
  hitsWithoutText,
  RuleSets,
  type Candidate,
  type RuleSet,
} from './request-rules.ts';
import { remoteText } from './remote-text.ts';
import { segmentsOf, textsOf, type RequestText, type Segment } from './request-texts.ts';

/** Where a rule hit, in a text field of the request. */
export interface HitPlace {
  readonly place: Place;
  readonly node: TextNode;
  /** Offsets in the decoded text. */
  readonly ranges: readonly Range[];
}

export interface RuleHit {
  readonly rule: Rule;
  /** Empty if the rule hit on request facts alone. */
  readonly places: readonly HitPlace[];
}

export interface RequestEvaluation {
  /** In the order of the policy's rules. */
  readonly hits: readonly RuleHit[];
  /** Rules whose webhook or LLM judge failed. */
  readonly failedChecks: readonly FailedCheck[];
}

/** Characters scanned between two checks of the time slice: some milliseconds with many rules. */
const STEP_LENGTH = 8_192;

/** The facts of larger bodies are read in steps, whether they are needed or not. */
const LARGE_BYTES = 1024 * 1024;

/** Cached scans per text: one per policy and per latest or earlier turn. */
const SCANS_MAX = 4;

/** A segment with the matches of its rule set. */
interface ScannedSegment extends Segment {
  readonly ruleMatches: readonly RuleMatch[];
}

/** A cached scan of a text. */
interface Scan {
  /** See `PlaceRules.key`. */
  readonly key: string;
  readonly segments: readonly ScannedSegment[];
}

export class RequestEvaluator {
  readonly #limits: PolicyLimits;
  readonly #scanner: object | undefined;
  readonly #cache: LruCache<readonly Scan[]>;
  readonly #remoteChecks: RemoteChecks;
  readonly #ruleSetsByPolicy = new WeakMap<Policy, RuleSets>();

  /** @param scanner the personal-data scanner of the policies */
  constructor(limits: PolicyLimits, scanner?: object) {
    this.#limits = limits;
    this.#scanner = scanner;
    this.#cache = new LruCache(limits.cacheEntriesMax);
    this.#remoteChecks = new RemoteChecks(limits.cacheEntriesMax);
  }

  /**
   * Rejects when `timeSlice` is aborted.
   * @param confirm awaited before every remote check
   */
  async evaluate(
    policy: Policy,
    caller: Caller,
    body: ParsedRequest,
    timeSlice: TimeSlice,
    confirm: () => Promise<void>,
  ): Promise<RequestEvaluation> {
    if (body.bytes.byteLength > LARGE_BYTES) await timeSlice.run(factSteps(body));
    const candidates = candidatesOf(policy, caller, () => requestFactsOf(body));
    const rules = candidates.map(({ rule }) => rule);
    const preMatched = new Set(candidates.filter(({ any }) => any).map(({ rule }) => rule));
    const result = new EvaluationResult(candidates);
    for (const text of textsOf(body, this.#ruleSetsOf(policy, rules))) {
      if (timeSlice.isDue()) await timeSlice.take();
      if (!text) continue;
      for (const segment of await this.#scanned(policy, text, body, timeSlice)) {
        const set = text.rules[segment.set];
        if (isUnmatched(segment) && !set.hitsUnmatched && preMatched.size === 0) continue;
        const checked = await this.#remoteChecks.check(
          policy,
          set,
          () => sentText(policy, text, body.textAt(text.node).value, segment),
          segment.ruleMatches,
          preMatched,
          { signal: timeSlice.signal, confirm },
        );
        const { ruleMatches } = checked;
        result.addFailed(checked.failed);
        result.addHits(text, hitsIn({ ...segment, ruleMatches }, set, preMatched));
      }
    }
    return result.evaluation();
  }

  /** Reuses the rule sets of the policy's last request, which nearly always has the same rules. */
  #ruleSetsOf(policy: Policy, rules: readonly Rule[]): RuleSets {
    const known = this.#ruleSetsByPolicy.get(policy);
    const isSame =
      known?.rules.length === rules.length && rules.every((rule, at) => known.rules[at] === rule);
    if (known && isSame) return known;
    const sets = new RuleSets(policy.label, rules);
    this.#ruleSetsByPolicy.set(policy, sets);
    return sets;
  }

  /** The scan of a text, from the cache if the text is long enough to be cached. */
  async #scanned(
    policy: Policy,
    text: RequestText,
    body: ParsedRequest,
    timeSlice: TimeSlice,
  ): Promise<readonly ScannedSegment[]> {
    const { node, rules } = text;
    const isCached = node.end - node.start >= this.#limits.cacheCharsMin;
    if (!isCached) return await this.#scan(policy, text, body, timeSlice);
    const value = body.textAt(node);
    if (value.isLong) {
      await timeSlice.run(value.hash());
      await timeSlice.run(value.decode());
    }
    const { key } = value;
    const known = this.#cache.get(key)?.find((scan) => scan.key === rules.key);
    if (known) return known.segments;
    const segments = await this.#scan(policy, text, body, timeSlice);
    // Other requests may have scanned it meanwhile.
    const others = (this.#cache.get(key) ?? []).filter((scan) => scan.key !== rules.key);
    this.#cache.set(key, [{ key: rules.key, segments }, ...others].slice(0, SCANS_MAX));
    return segments;
  }

  async #scan(
    { view }: Policy,
    { node, rules }: RequestText,
    body: ParsedRequest,
    timeSlice: TimeSlice,
  ): Promise<readonly ScannedSegment[]> {
    const text = body.textAt(node);
    const isClean = this.#scanner !== undefined && text.isCleanFor(this.#scanner);
    const viewText: ViewText = (segment, goesOn) => view(segment, goesOn, isClean);
    const { value } = text;
    const segments: ScannedSegment[] = [];
    for (const segment of segmentsOf(value, rules)) {
      const { start, end, set } = segment;
      const ruleMatches = await match(viewText, rules[set], value.slice(start, end), timeSlice);
      segments.push({ ...segment, ruleMatches });
    }
    const [only, ...more] = segments;
    return only?.set === 'all' && more.length === 0 && isUnmatched(only)
      ? unmatchedText(only.ruleMatches)
      : segments;
  }
}

/** What webhooks and LLM judges see of a segment; of what the upstream uses, the whole text masked. */
function sentText(
  { view }: Policy,
  { isUsed }: RequestText,
  value: string,
  { start, end }: Segment,
): string {
  return isUsed ? remoteText(value, view(value, false).findings()) : value.slice(start, end);
}

/** Collects hits and failed checks, and returns them in the order of the rules. */
class EvaluationResult {
  readonly #rules: readonly Rule[];
  readonly #placesByRule: Map<Rule, HitPlace[]>;
  readonly #errorByRule = new Map<Rule, unknown>();

  constructor(candidates: readonly Candidate[]) {
    this.#rules = candidates.map(({ rule }) => rule);
    this.#placesByRule = new Map(candidates.filter(hitsWithoutText).map(({ rule }) => [rule, []]));
  }

  addFailed(checks: readonly FailedCheck[]): void {
    for (const { rule, error } of checks) this.#errorByRule.set(rule, error);
  }

  addHits(
    { place, node }: RequestText,
    hits: Iterable<readonly [rule: Rule, ranges: readonly Range[]]>,
  ): void {
    for (const [rule, ranges] of hits) {
      const places = this.#placesByRule.get(rule) ?? [];
      places.push({ place, node, ranges });
      this.#placesByRule.set(rule, places);
    }
  }

  evaluation(): RequestEvaluation {
    return {
      hits: this.#rules.flatMap((rule) => {
        const places = this.#placesByRule.get(rule);
        return places ? { rule, places } : [];
      }),
      failedChecks: Array.from(this.#errorByRule, ([rule, error]) => ({ rule, error })),
    };
  }
}

/** The rules that hit in a segment, with ranges in the complete text. */
function* hitsIn(
  { start: offset, ruleMatches }: ScannedSegment,
  { rules }: RuleSet,
  preMatched: ReadonlySet<Rule>,
): Generator<[rule: Rule, ranges: readonly Range[]]> {
  for (const [index, rule] of rules.entries()) {
    const ruleMatch = ruleMatches[index];
    if (!ruleMatch?.all || !(ruleMatch.any || preMatched.has(rule) || hasNoAny(rule))) continue;
    yield [
      rule,
      ruleMatch.ranges.map(({ start, end }) => ({ start: start + offset, end: end + offset })),
    ];
  }
}

async function match(
  view: ViewText,
  { rules, after }: RuleSet,
  value: string,
  timeSlice: TimeSlice,
): Promise<readonly RuleMatch[]> {
  const reader = new TextReader({ rules, view, step: STEP_LENGTH, after });
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

/** Shared by all texts without matches, to keep the cache small. */
function noRuleMatches(count: number): readonly RuleMatch[] {
  const known = noRuleMatchesByCount.get(count);
  if (known) return known;
  const none = Object.freeze(Array.from({ length: count }, () => NOT_MATCHED));
  noRuleMatchesByCount.set(count, none);
  return none;
}

function isUnmatched({ ruleMatches }: ScannedSegment): boolean {
  return ruleMatches === noRuleMatchesByCount.get(ruleMatches.length);
}

const unmatchedTextByRuleMatches = new Map<readonly RuleMatch[], readonly ScannedSegment[]>();

/** Shared by all texts of any length that are one unmatched segment. */
function unmatchedText(ruleMatches: readonly RuleMatch[]): readonly ScannedSegment[] {
  const known = unmatchedTextByRuleMatches.get(ruleMatches);
  if (known) return known;
  const segments: readonly ScannedSegment[] = [
    { start: 0, end: Infinity, set: 'all', ruleMatches },
  ];
  unmatchedTextByRuleMatches.set(ruleMatches, segments);
  return segments;
}
