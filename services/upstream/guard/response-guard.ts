// Evaluates the policy rules for responses. Text blocks are evaluated while they arrive; tool inputs
// when they are complete, because a partial input is not JSON and cannot be acted on.

import type { LlmpError } from '../../../shared/errors.ts';
import type { TokenUsage } from '../../../shared/token-usage.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import { hasNoAny, type Caller, type Policy, type Rule } from '../../../shared/policy/policy.ts';
import type { Redaction } from '../../../shared/policy/redaction.ts';
import { reachOf, TextReader, type RuleMatch } from '../../../shared/policy/text-reader.ts';
import { blocked, annotationsOf } from '../../../shared/policy/verdict.ts';

/** Rules evaluated together, with the window of their text reader. */
interface Group {
  readonly rules: readonly Rule[];
  readonly after: number;
  readonly step: number;
}

/** The cost of a response so far, as reported by the upstream. */
export interface ResponseCost {
  readonly usage: TokenUsage;
  readonly isCached: boolean;
  readonly annotations: Annotations;
}

/** Smaller steps cost more time, larger steps more delay. */
const STEP_CHARS_MIN = 32;
const STEP_CHARS_MAX = 64;
/** Estimate for English. */
const CHARS_PER_TOKEN = 4;

export class ResponseGuard {
  readonly #policy: Policy;
  readonly #groups: Readonly<Record<'assistant' | 'tool_use', { holds: Group; watches: Group }>>;
  readonly #hits = new Set<Rule>();
  readonly #cost: () => ResponseCost;
  #chars = 0;

  constructor(policy: Policy, caller: Caller, cost: () => ResponseCost) {
    this.#policy = policy;
    this.#cost = cost;
    const rules = policy.rules.filter((rule) => rule.onResponse && rule.isFor(caller));
    const ofPart = (part: 'assistant' | 'tool_use') => {
      const own = rules.filter(({ parts }) => parts.has(part));
      // A redacted tool input would be a different call, so it is only reported.
      const isHeld = ({ holds, action }: Rule) =>
        holds && policy.enforces && !(part === 'tool_use' && action === 'redact');
      const held = own.filter(isHeld);
      return { holds: group(held), watches: group(own.filter((rule) => !held.includes(rule))) };
    };
    this.#groups = { assistant: ofPart('assistant'), tool_use: ofPart('tool_use') };
  }

  /** Whether any rule applies. */
  get isActive(): boolean {
    const groups = Object.values(this.#groups).flatMap(({ holds, watches }) => [holds, watches]);
    return groups.some(({ rules }) => rules.length > 0);
  }

  /** Whether any content must wait for its evaluation. */
  get holds(): boolean {
    return Object.values(this.#groups).some(({ holds }) => holds.rules.length > 0);
  }

  /** Whether tool inputs must wait for their evaluation. */
  get holdsTools(): boolean {
    return this.#groups.tool_use.holds.rules.length > 0;
  }

  /** Starts the evaluation of one text. */
  startEvaluation(part: 'assistant' | 'tool_use'): TextEvaluation {
    const { holds, watches } = this.#groups[part];
    return new TextEvaluation(this, holds, watches, this.#policy.view);
  }

  /** Records the rules that matched; throws `policy_blocked`. */
  record(rules: readonly Rule[], ruleMatches: readonly RuleMatch[]): void {
    const hits = rules.filter((rule, index) => {
      const ruleMatch = ruleMatches[index];
      return ruleMatch?.all === true && (ruleMatch.any || hasNoAny(rule));
    });
    for (const rule of hits) this.#hits.add(rule);
    const blocking = hits.find(({ action }) => action === 'block');
    if (blocking && this.#policy.enforces) throw this.#blocked(blocking);
  }

  count(length: number): void {
    this.#chars += length;
  }

  /** All rules that matched. */
  get hits(): readonly Rule[] {
    return [...this.#hits];
  }

  /** `responsePolicy: "default@1f3c9a7e"` and the rules that matched. */
  annotations(): Annotations {
    return {
      responsePolicy: this.#policy.label,
      ...annotationsOf('responsePolicyHits', this.#policy, this.hits),
    };
  }

  /** A withheld response still costs its tokens, unless it came from the cache. */
  #blocked(rule: Rule): LlmpError {
    const { usage, isCached, annotations: noted } = this.#cost();
    const annotations = { ...noted, ...this.annotations() };
    if (isCached) return blocked(rule, this.#policy, { annotations, usage });
    const output = Math.max(usage.output ?? 0, Math.ceil(this.#chars / CHARS_PER_TOKEN));
    return blocked(rule, this.#policy, {
      annotations: { ...annotations, responseWithheld: true },
      usage: { ...usage, output },
    });
  }
}

/** Rules with the reader of their windows. */
interface Reading {
  readonly rules: readonly Rule[];
  readonly reader: TextReader;
}

/** The evaluation of one text while it arrives. */
export class TextEvaluation {
  readonly #guard: ResponseGuard;
  /** Those that hold the text, if there are any. */
  readonly #holds: Reading | undefined;
  readonly #all: readonly Reading[];
  /** Ranges by rule that are not needed again. */
  readonly #passed: number[] = [];
  #isRecorded = false;

  constructor(guard: ResponseGuard, holds: Group, watches: Group, view: Policy['view']) {
    this.#guard = guard;
    const readingOf = ({ rules, after, step }: Group): Reading | undefined =>
      rules.length === 0
        ? undefined
        : { rules, reader: new TextReader({ rules, view, after, step }) };
    this.#holds = readingOf(holds);
    this.#all = [this.#holds, readingOf(watches)].filter((reading) => reading !== undefined);
  }

  /** Length of the text evaluated so far; Infinity if nothing has to wait. */
  get evaluatedLength(): number {
    return this.#holds ? this.#holds.reader.known : Infinity;
  }

  /** Matches of redacting rules that end after `from`, which never decreases. */
  redactionsAfter(from: number): Redaction[] {
    const redactions: Redaction[] = [];
    if (!this.#holds) return redactions;
    const { rules, reader } = this.#holds;
    for (const [index, rule] of rules.entries()) {
      const ranges = rule.action === 'redact' ? (reader.ruleMatches[index]?.ranges ?? []) : [];
      let passed = this.#passed[index] ?? 0;
      while ((ranges[passed]?.end ?? Infinity) <= from) passed += 1;
      this.#passed[index] = passed;
      for (let at = passed; at < ranges.length; at += 1) {
        const range = ranges[at];
        if (range && range.end > from) redactions.push({ ...range, rule });
      }
    }
    return redactions;
  }

  /** Returns whether more text may be released than before. Throws `policy_blocked`. */
  push(chunk: string): boolean {
    this.#guard.count(chunk.length);
    let isRead = !this.#isRecorded;
    for (const { reader } of this.#all) {
      const { known } = reader;
      reader.push(chunk);
      isRead ||= reader.known !== known;
    }
    if (isRead) this.#record();
    return isRead || !this.#holds;
  }

  /** Throws `policy_blocked`. */
  end(): void {
    for (const { reader } of this.#all) reader.end();
    this.#record();
  }

  #record(): void {
    this.#isRecorded = true;
    for (const { rules, reader } of this.#all) this.#guard.record(rules, reader.ruleMatches);
  }
}

function group(rules: readonly Rule[]): Group {
  const after = Math.max(0, ...rules.map((rule) => reachOf(rule, rule.window)));
  const step = Math.min(STEP_CHARS_MAX, Math.max(STEP_CHARS_MIN, Math.floor(after / 2)));
  return { rules, after, step };
}
