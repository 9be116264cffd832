// Holds a request against a policy: the facts of the request first, then its texts, each remembered by
// its hash, as a conversation sends its whole history again on every turn. All rules are looked at,
// whatever the others say.

import type { Breath } from '../../shared/runtime/time-slice.ts';
import type { Range } from '../../shared/privacy/detect/detector.ts';
import type { StringSpan } from '../../shared/json/parse.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { Limits } from '../../shared/limits.ts';
import { Memo } from '../../shared/runtime/lru-cache.ts';
import {
  hasNoAny,
  type Caller,
  type Policy,
  type Rule,
  type ViewText,
} from '../../shared/policy/policy.ts';
import { requestFactsOf } from '../../shared/policy/request-facts.ts';
import type { ReadBody } from '../../shared/anthropic/parsed-request.ts';
import { TextReader, type Meeting } from '../../shared/policy/text-reader.ts';
import { Remotes } from './remotes.ts';
import { hitsWithoutText, RuleSets, standingsOf, type RuleSet } from './request-rules.ts';
import { stretchesOf, textsOf, type Stretch, type Text } from './request-texts.ts';

/** Where a rule hit: in a text of the request. */
export interface HitPlace {
  readonly place: Place;
  readonly span: StringSpan;
  /** In units of the text's value. */
  readonly ranges: readonly Range[];
}

export interface Hit {
  readonly rule: Rule;
  /** Empty where the request as a whole was hit. */
  readonly places: readonly HitPlace[];
}

export interface Judgement {
  /** In the order of the policy's rules. */
  readonly hits: readonly Hit[];
  /** Rules for which a remote matcher did not answer. */
  readonly unanswered: readonly { readonly rule: Rule; readonly error: unknown }[];
}

/** Units read between two breaths: some milliseconds with many rules. */
const STEP_UNITS = 8_192;

/** What a text is remembered for: the policies in use, for turns that are the latest and that were. */
const READINGS_MAX = 4;

export type RequestJudgeLimits = Pick<Limits, 'memoEntriesMax' | 'judgedUnitsMin'>;

/** A stretch of a text, and how far it meets the rules of its set. */
interface Met extends Stretch {
  readonly meetings: readonly Meeting[];
}

/** What was found in a text for the rules of some place. */
interface Reading {
  /** See PlaceRules. */
  readonly key: string;
  readonly met: readonly Met[];
}

export class RequestJudge {
  readonly #limits: RequestJudgeLimits;
  readonly #scanner: object | undefined;
  readonly #memo: Memo<readonly Reading[]>;
  readonly #remotes: Remotes;
  readonly #setsByPolicy = new WeakMap<Policy, RuleSets>();

  /** `scanner` is what policies look for personal data with. */
  constructor(limits: RequestJudgeLimits, scanner?: object) {
    this.#limits = limits;
    this.#scanner = scanner;
    this.#memo = new Memo(limits.memoEntriesMax);
    this.#remotes = new Remotes(limits.memoEntriesMax);
  }

  /** Rejects when `breath` has no time left. */
  async judge(policy: Policy, caller: Caller, body: ReadBody, breath: Breath): Promise<Judgement> {
    const standings = standingsOf(policy, caller, () => requestFactsOf(body));
    const places = new Map<Rule, HitPlace[]>(
      standings.filter(hitsWithoutText).map(({ rule }) => [rule, []]),
    );
    const anyways = new Set(standings.filter(({ any }) => any).map(({ rule }) => rule));
    const unanswered = new Map<Rule, unknown>();
    const rules = standings.map(({ rule }) => rule);
    for (const one of textsOf(body, this.#setsOf(policy, rules))) {
      for (const met of await this.#met(policy, one, body, breath)) {
        const set = one.rules[met.set];
        if (isUnmet(met) && !set.hitsUnmet && anyways.size === 0) continue;
        const value = () => body.textAt(one.span).value.slice(met.start, met.end);
        const asked = await this.#remotes.ask(
          policy,
          set,
          value,
          met.meetings,
          anyways,
          breath.signal,
        );
        for (const { rule, error } of asked.unanswered) unanswered.set(rule, error);
        for (const [rule, ranges] of hitsIn({ ...met, meetings: asked.meetings }, set, anyways)) {
          const known = places.get(rule) ?? [];
          known.push({ place: one.place, span: one.span, ranges });
          places.set(rule, known);
        }
      }
      if (breath.isDue()) await breath.take();
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

  async #met(policy: Policy, one: Text, body: ReadBody, breath: Breath): Promise<readonly Met[]> {
    const { span, rules } = one;
    const isKept = span.end - span.start >= this.#limits.judgedUnitsMin;
    if (!isKept) return await this.#readText(policy, one, body, breath);
    const { key } = body.textAt(span);
    const readings = this.#memo.get(key);
    const known = readings?.find((reading) => reading.key === rules.key);
    if (known) return known.met;
    const met = await this.#readText(policy, one, body, breath);
    // Others may have read it meanwhile.
    const others = (this.#memo.get(key) ?? []).filter((reading) => reading.key !== rules.key);
    this.#memo.set(key, [{ key: rules.key, met }, ...others].slice(0, READINGS_MAX));
    return met;
  }

  async #readText(
    { view }: Policy,
    { span, rules }: Text,
    body: ReadBody,
    breath: Breath,
  ): Promise<readonly Met[]> {
    const text = body.textAt(span);
    const isClean = this.#scanner !== undefined && text.isCleanFor(this.#scanner);
    const viewed: ViewText = (stretch, goesOn) => view(stretch, goesOn, isClean);
    const { value } = text;
    const met: Met[] = [];
    for (const stretch of stretchesOf(value, rules)) {
      const { start, end, set } = stretch;
      const meetings = await read(viewed, rules[set], value.slice(start, end), breath);
      met.push({ ...stretch, meetings });
    }
    const [only, ...more] = met;
    return only?.set === 'all' && more.length === 0 && isUnmet(only) ? unmet(only.meetings) : met;
  }
}

/** The rules that hit in a stretch, and where in its text. */
function* hitsIn(
  { start: from, meetings }: Met,
  { rules }: RuleSet,
  anyways: ReadonlySet<Rule>,
): Generator<[rule: Rule, ranges: readonly Range[]]> {
  for (const [index, rule] of rules.entries()) {
    const meeting = meetings[index];
    if (!meeting?.all || !(meeting.any || anyways.has(rule) || hasNoAny(rule))) continue;
    yield [
      rule,
      meeting.ranges.map(({ start, end }) => ({ start: start + from, end: end + from })),
    ];
  }
}

async function read(
  view: ViewText,
  { rules, after }: RuleSet,
  value: string,
  breath: Breath,
): Promise<readonly Meeting[]> {
  const reader = new TextReader({ rules, view, step: STEP_UNITS, after });
  for (const _ of reader.steps(value)) if (breath.isDue()) await breath.take();
  if (breath.isDue()) await breath.take();
  if (reader.meetings.every(isNotMet)) return noMeetings(reader.meetings.length);
  return reader.meetings.map((meeting) =>
    isNotMet(meeting) ? NOT_MET : { any: meeting.any, all: meeting.all, ranges: meeting.ranges },
  );
}

const NOT_MET: Meeting = { any: false, all: true, ranges: [] };

function isNotMet({ any, all, ranges }: Meeting): boolean {
  return ranges.length === 0 && any === NOT_MET.any && all === NOT_MET.all;
}

const noMeetingsByCount = new Map<number, readonly Meeting[]>();

/** One list for all texts that meet nothing, as nearly all do: each is remembered. */
function noMeetings(count: number): readonly Meeting[] {
  const known = noMeetingsByCount.get(count);
  if (known) return known;
  const none = Object.freeze(Array.from({ length: count }, () => NOT_MET));
  noMeetingsByCount.set(count, none);
  return none;
}

/** Whether nothing at all was found there. */
function isUnmet({ meetings }: Met): boolean {
  return meetings === noMeetingsByCount.get(meetings.length);
}

const unmetByMeetings = new Map<readonly Meeting[], readonly Met[]>();

/** The same for a text that is read as a whole, to its end wherever that is. */
function unmet(meetings: readonly Meeting[]): readonly Met[] {
  const known = unmetByMeetings.get(meetings);
  if (known) return known;
  const met: readonly Met[] = [{ start: 0, end: Infinity, set: 'all', meetings }];
  unmetByMeetings.set(meetings, met);
  return met;
}
