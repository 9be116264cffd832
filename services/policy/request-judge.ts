// Holds a request against a policy: the facts of the request first, then its texts, each remembered by
// its hash, as a conversation sends its whole history again on every turn. All rules are looked at,
// whatever the others say.

import type { Breath } from '../../shared/breath.ts';
import type { Range } from '../../shared/detect/detector.ts';
import type { StringSpan } from '../../shared/json-scan.ts';
import type { Place } from '../../shared/leaves.ts';
import type { Limits } from '../../shared/limits.ts';
import { Memo } from '../../shared/memo.ts';
import { hasNoAny, type Caller, type Policy, type Rule } from '../../shared/policy/policy.ts';
import { readRequestFacts } from '../../shared/policy/request-facts.ts';
import type { ReadBody } from '../../shared/read-body.ts';
import { TextReader, type Meeting } from '../../shared/policy/text-reader.ts';
import { Remotes } from './remotes.ts';
import { hitsWithoutText, standingsOf } from './request-rules.ts';
import { textsOf, type Text } from './request-texts.ts';

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

export type RequestJudgeLimits = Pick<Limits, 'memoEntriesMax' | 'judgedUnitsMin'>;

export class RequestJudge {
  readonly #limits: RequestJudgeLimits;
  readonly #memo: Memo<readonly Meeting[]>;
  readonly #remotes: Remotes;

  constructor(limits: RequestJudgeLimits) {
    this.#limits = limits;
    this.#memo = new Memo(limits.memoEntriesMax);
    this.#remotes = new Remotes(limits.memoEntriesMax);
  }

  /** Rejects when `breath` has no time left. */
  async judge(
    policy: Policy,
    caller: Caller,
    { text, root, leaves, bytes }: ReadBody & { readonly bytes: Uint8Array },
    breath: Breath,
  ): Promise<Judgement> {
    const standings = standingsOf(policy, caller, () => readRequestFacts(text, root, bytes));
    const places = new Map<Rule, HitPlace[]>(
      standings.filter(hitsWithoutText).map(({ rule }) => [rule, []]),
    );
    const anyways = new Set(standings.filter(({ any }) => any).map(({ rule }) => rule));
    const unanswered = new Map<Rule, unknown>();
    const rules = standings.map(({ rule }) => rule);
    for (const one of textsOf({ text, root, leaves }, rules)) {
      const meetings = await this.#read(policy, one, breath);
      const asked = await this.#remotes.ask(policy, one, meetings, anyways, breath.signal);
      for (const { rule, error } of asked.unanswered) unanswered.set(rule, error);
      for (const [index, rule] of one.set.rules.entries()) {
        const meeting = asked.meetings[index];
        if (!meeting?.all || !(meeting.any || anyways.has(rule) || hasNoAny(rule))) continue;
        const ranges = meeting.ranges.map(({ start, end }) => ({
          start: start + one.from,
          end: end + one.from,
        }));
        const known = places.get(rule) ?? [];
        known.push({ place: one.place, span: one.span, ranges });
        places.set(rule, known);
      }
    }
    return {
      hits: rules.flatMap((rule) => {
        const found = places.get(rule);
        return found ? { rule, places: found } : [];
      }),
      unanswered: Array.from(unanswered, ([rule, error]) => ({ rule, error })),
    };
  }

  async #read(policy: Policy, one: Text, breath: Breath): Promise<readonly Meeting[]> {
    const { set, value } = one;
    if (value.length < this.#limits.judgedUnitsMin) return await read(policy, one, breath);
    // Hashed again: as it stands it would keep its parts alive, those of each request anew.
    const key = Memo.keyOf(`${Memo.keyOf(value)} ${policy.label} ${set.key}`);
    const known = this.#memo.get(key);
    if (known) return known;
    const meetings = await read(policy, one, breath);
    this.#memo.set(key, meetings);
    return meetings;
  }
}

async function read(
  { view }: Policy,
  { set: { rules, after }, value }: Text,
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
