// Evaluates a request against a policy: applicable rules, text fields, a remembered scan of each field, remote
// checks, result. Every rule is evaluated, whatever the others decide.

import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Range } from '../../shared/privacy/detect/detector.ts';
import type { TextNode } from '../../shared/json/parse.ts';
import type { FactTable } from '../../shared/runtime/fact-table.ts';
import { finished } from '../../shared/runtime/finished.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { PolicyLimits } from '../../shared/limits.ts';
import { hasNoAny, type Caller, type Policy, type Rule } from '../../shared/policy/policy.ts';
import { factSteps, requestFactsOf } from '../../shared/policy/request-facts.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { RemoteChecks, type FailedCheck } from './remote-checks.ts';
import {
  candidatesOf,
  hitsWithoutText,
  RuleSets,
  type Candidate,
  type RuleSet,
} from './request-rules.ts';
import { remoteText } from './remote-text.ts';
import { textsOf, type RequestText, type Segment } from './request-texts.ts';
import { isReadInOneStep, isUnmatched, TextScans, type ScannedSegment } from './text-scans.ts';

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

/** The facts of larger bodies are read in steps, whether they are needed or not. */
const LARGE_BYTES = 1024 * 1024;

export class RequestEvaluator {
  readonly #scans: TextScans;
  readonly #remoteChecks: RemoteChecks;
  readonly #ruleSetsByPolicy = new WeakMap<Policy, RuleSets>();

  /**
   * @param facts remembers what rules match in texts
   * @param scanner the personal-data scanner of the policies
   */
  constructor(limits: PolicyLimits, facts: FactTable, scanner?: object) {
    this.#scans = new TextScans(limits, facts, scanner);
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
      const value = body.textAt(text.node);
      const scan = this.#scans.steps(policy, text, value);
      // Most texts are read in one step: no promise for each of them.
      const segments = isReadInOneStep(value) ? finished(scan) : await timeSlice.run(scan);
      for (const segment of segments) {
        const set = text.rules[segment.set];
        if (isUnmatched(segment) && !set.hitsUnmatched && preMatched.size === 0) continue;
        if (!set.hasRemotes) {
          result.addHits(text, hitsIn(segment, set, preMatched));
          continue;
        }
        const checked = await this.#remoteChecks.check(
          policy,
          set,
          () => sentText(policy, text, value.value, segment),
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
