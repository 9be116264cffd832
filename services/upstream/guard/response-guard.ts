// The rules of a policy that an answer is held against, and what has been found up to now. Text blocks
// are judged while they come in, the inputs of tool calls when they are complete: before that they are
// no JSON, and nobody can act on them.

import type { LlmpError } from '../../../shared/errors.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import { hasNoAny, type Caller, type Policy, type Rule } from '../../../shared/policy/policy.ts';
import { reachOf, TextReader, type RuleMatch } from '../../../shared/policy/text-reader.ts';
import { blocked, annotationsOf } from '../../../shared/policy/verdict.ts';

/** Rules that are read together. */
interface Group {
  readonly rules: readonly Rule[];
  readonly after: number;
  readonly step: number;
}

/** More windows cost more time, fewer more delay. */
const STEP_UNITS_MIN = 32;
const STEP_UNITS_MAX = 64;
/** English comes to some four units a token. */
const UNITS_PER_TOKEN = 4;

export class ResponseGuard {
  readonly #policy: Policy;
  readonly #groups: Readonly<Record<'assistant' | 'tool_use', { holds: Group; watches: Group }>>;
  readonly #hits = new Set<Rule>();
  /** What the upstream says of the answer's cost. */
  readonly #paid: () => Annotations;
  #units = 0;

  constructor(policy: Policy, caller: Caller, paid: () => Annotations) {
    this.#policy = policy;
    this.#paid = paid;
    const rules = policy.rules.filter((rule) => rule.onResponse && rule.isFor(caller));
    const ofPart = (part: 'assistant' | 'tool_use') => {
      const own = rules.filter(({ parts }) => parts.has(part));
      // The input of a call is not redacted: it would be another call than the one that was meant.
      const isHeld = ({ holds, action }: Rule) =>
        holds && policy.enforces && !(part === 'tool_use' && action === 'redact');
      const held = own.filter(isHeld);
      return { holds: group(held), watches: group(own.filter((rule) => !held.includes(rule))) };
    };
    this.#groups = { assistant: ofPart('assistant'), tool_use: ofPart('tool_use') };
  }

  /** Whether there is anything to look for. */
  get isActive(): boolean {
    const groups = Object.values(this.#groups).flatMap(({ holds, watches }) => [holds, watches]);
    return groups.some(({ rules }) => rules.length > 0);
  }

  /** Whether something of the answer has to wait for a judgement. */
  get holds(): boolean {
    return Object.values(this.#groups).some(({ holds }) => holds.rules.length > 0);
  }

  /** Whether the input of a tool call has to wait. */
  get holdsTools(): boolean {
    return this.#groups.tool_use.holds.rules.length > 0;
  }

  /** A reading of one text; the text of a tool call is read in the same way. */
  reading(part: 'assistant' | 'tool_use'): Reading {
    const { holds, watches } = this.#groups[part];
    return new Reading(
      this,
      [this.#reader(holds), this.#reader(watches)],
      [holds.rules, watches.rules],
    );
  }

  /** Takes what a reading has come to; throws `policy_blocked`. */
  matched(rules: readonly Rule[], ruleMatches: readonly RuleMatch[]): void {
    const hits = rules.filter((rule, index) => {
      const ruleMatch = ruleMatches[index];
      return ruleMatch?.all === true && (ruleMatch.any || hasNoAny(rule));
    });
    for (const rule of hits) this.#hits.add(rule);
    const refused = hits.find(({ action }) => action === 'block');
    if (refused && this.#policy.enforces) throw this.#blocked(refused);
  }

  count(units: number): void {
    this.#units += units;
  }

  /** All rules that have hit. */
  get hits(): readonly Rule[] {
    return [...this.#hits];
  }

  /** `answerPolicy: "default@1f3c9a7e"` and the rules that hit. */
  annotations(): Annotations {
    return {
      answerPolicy: this.#policy.label,
      ...annotationsOf('answerPolicyHits', this.#policy, this.hits),
    };
  }

  #reader({ rules, after, step }: Group): TextReader {
    return new TextReader({ rules, view: this.#policy.view, after, step });
  }

  /** The upstream is paid for what it wrote, though nobody will see it; once, if it is given again. */
  #blocked(rule: Rule): LlmpError {
    const paid = this.#paid();
    if (paid['cache'] === 'hit')
      return blocked(rule, this.#policy, { ...paid, ...this.annotations() });
    const said = typeof paid['outputTokens'] === 'number' ? paid['outputTokens'] : 0;
    const outputTokens = Math.max(said, Math.ceil(this.#units / UNITS_PER_TOKEN));
    const annotations = { ...paid, outputTokens, answerWithheld: true, ...this.annotations() };
    return blocked(rule, this.#policy, annotations);
  }
}

/** One text as it comes in. */
export class Reading {
  readonly #guard: ResponseGuard;
  readonly #readers: readonly TextReader[];
  readonly #rules: readonly (readonly Rule[])[];

  constructor(
    guard: ResponseGuard,
    readers: readonly TextReader[],
    rules: readonly (readonly Rule[])[],
  ) {
    this.#guard = guard;
    this.#readers = readers;
    this.#rules = rules;
  }

  /** Up to where the text is judged; Infinity where nothing has to wait. */
  get known(): number {
    return this.#rules[0]?.length ? (this.#readers[0]?.known ?? 0) : Infinity;
  }

  /** Matches of redacting rules up to there, in the order of their starts. */
  get redactions() {
    const rules = this.#rules[0] ?? [];
    return (this.#readers[0]?.ruleMatches ?? []).flatMap(({ ranges }, index) => {
      const rule = rules[index];
      return rule?.action === 'redact' ? ranges.map((range) => ({ ...range, rule })) : [];
    });
  }

  /** Throws `policy_blocked`. */
  push(chunk: string): void {
    this.#guard.count(chunk.length);
    for (const reader of this.#readers) reader.push(chunk);
    this.#judge();
  }

  /** Throws `policy_blocked`. */
  end(): void {
    for (const reader of this.#readers) reader.end();
    this.#judge();
  }

  #judge(): void {
    for (const [index, reader] of this.#readers.entries()) {
      this.#guard.matched(this.#rules[index] ?? [], reader.ruleMatches);
    }
  }
}

function group(rules: readonly Rule[]): Group {
  const after = Math.max(0, ...rules.map((rule) => reachOf(rule, rule.window)));
  const step = Math.min(STEP_UNITS_MAX, Math.max(STEP_UNITS_MIN, Math.floor(after / 2)));
  return { rules, after, step };
}
