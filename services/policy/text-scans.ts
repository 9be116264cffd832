// What the rules of a policy match in each text of a request, remembered by the text.

import type { TextValue } from '../../shared/json/text-value.ts';
import type { PolicyLimits } from '../../shared/limits.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import {
  TextReader,
  type RuleMatch,
  type TextReaderOptions,
} from '../../shared/policy/text-reader.ts';
import type { Facts, FactTable } from '../../shared/runtime/fact-table.ts';
import type { PlaceRules, RuleSet } from './request-rules.ts';
import { segmentsOf, type RequestText, type Segment } from './request-texts.ts';

/** Characters scanned between two yields: some milliseconds with many rules. */
const STEP_LENGTH = 8_192;

/** Remembered scans per text: one per policy and per latest or earlier turn. */
const SCANS_MAX = 4;

// What a scan takes: with its key, for each segment that has matches, for each rule, and for each range.
const SCAN_BYTES = 120;
const SEGMENT_BYTES = 120;
const RULE_BYTES = 16;
const RANGE_BYTES = 80;

/** A segment with the matches of its rule set. */
export interface ScannedSegment extends Segment {
  readonly ruleMatches: readonly RuleMatch[];
}

/** A remembered scan of a text. */
interface Scan {
  /** See `PlaceRules.key`. */
  readonly key: string;
  readonly segments: readonly ScannedSegment[];
}

export class TextScans {
  readonly #limits: PolicyLimits;
  readonly #scanner: object | undefined;
  readonly #known: Facts<readonly Scan[]>;

  /** @param scanner the personal-data scanner of the policies */
  constructor(limits: PolicyLimits, facts: FactTable, scanner: object | undefined) {
    this.#limits = limits;
    this.#scanner = scanner;
    this.#known = facts.kind(bytesOf);
  }

  /** The scan of a text, which is remembered if the text is not short; in steps of one window. */
  *steps(
    policy: Policy,
    { node, rules }: RequestText,
    text: TextValue,
  ): Generator<void, readonly ScannedSegment[]> {
    const isRemembered = node.end - node.start >= this.#limits.cacheCharsMin;
    if (!isRemembered) return yield* this.#windows(policy, rules, text);
    if (text.isLong) {
      yield* text.hash();
      yield* text.decode();
    }
    const { key } = text;
    const known = this.#known.get(key)?.find((scan) => scan.key === rules.key);
    if (known) return known.segments;
    const segments = yield* this.#windows(policy, rules, text);
    // Other requests may have scanned it meanwhile.
    const others = (this.#known.get(key) ?? []).filter((scan) => scan.key !== rules.key);
    this.#known.set(key, [{ key: rules.key, segments }, ...others].slice(0, SCANS_MAX));
    return segments;
  }

  *#windows(
    { view, foundIn }: Policy,
    rules: PlaceRules,
    text: TextValue,
  ): Generator<void, readonly ScannedSegment[]> {
    const isClean = this.#scanner !== undefined && text.isCleanFor(this.#scanner);
    const candidates = foundIn(text);
    const { value } = text;
    const segments: ScannedSegment[] = [];
    for (const segment of segmentsOf(value, rules)) {
      const { start, end, set } = segment;
      const ruleMatches = yield* match(value.slice(start, end), rules[set], {
        view,
        isClean,
        found: candidates && { candidates, start },
      });
      segments.push({ ...segment, ruleMatches });
    }
    const [only, ...more] = segments;
    return only?.set === 'all' && more.length === 0 && isUnmatched(only)
      ? unmatchedText(only.ruleMatches)
      : segments;
  }
}

/** Whether the scan of a text has one step at most. */
export function isReadInOneStep({ literal }: TextValue): boolean {
  return literal.length <= STEP_LENGTH;
}

function* match(
  value: string,
  { rules, after }: RuleSet,
  options: Pick<TextReaderOptions, 'view' | 'isClean' | 'found'>,
): Generator<void, readonly RuleMatch[]> {
  const reader = new TextReader({ ...options, rules, step: STEP_LENGTH, after });
  yield* reader.steps(value);
  const { ruleMatches } = reader;
  if (ruleMatches.every(isNotMatched)) return noRuleMatches(ruleMatches.length);
  return ruleMatches.map((ruleMatch) =>
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

/** Shared by all texts without matches, which are most. */
function noRuleMatches(count: number): readonly RuleMatch[] {
  const known = noRuleMatchesByCount.get(count);
  if (known) return known;
  const none = Object.freeze(Array.from({ length: count }, () => NOT_MATCHED));
  noRuleMatchesByCount.set(count, none);
  return none;
}

export function isUnmatched({ ruleMatches }: ScannedSegment): boolean {
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

function bytesOf(scans: readonly Scan[]): number {
  let bytes = 0;
  for (const { segments } of scans) {
    bytes += SCAN_BYTES;
    for (const segment of segments) {
      if (segment.end < Infinity) bytes += SEGMENT_BYTES;
      if (isUnmatched(segment)) continue;
      for (const { ranges } of segment.ruleMatches)
        bytes += RULE_BYTES + RANGE_BYTES * ranges.length;
    }
  }
  return bytes;
}
