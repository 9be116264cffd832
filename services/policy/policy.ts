// The policy stage blocks or redacts scrubbed requests, so personal data appears here as placeholders.
// Response rules run in the upstream worker, where the stream starts.

import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Annotations } from '../../shared/annotations.ts';
import type { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import { blocked, annotationsOf } from '../../shared/policy/verdict.ts';
import { handOn, parseRequest } from '../../shared/anthropic/parsed-request.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { redactions } from './redactions.ts';
import { RequestJudge, type Judgement } from './request-evaluation.ts';

export interface PolicyOptions {
  /** Read once per request; policies can be reloaded at any time. */
  readonly policies: Policies;
  /** The personal-data scanner of the policies; texts that the scrubber found clean with it are not rescanned. */
  readonly scanner?: object;
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'timeSliceMs' | 'jsonDepthMax' | 'jsonValuesMax' | 'scanCacheEntriesMax' | 'judgedUnitsMin'
  >;
  /** Receives failures of webhooks and LLM judges. */
  readonly onError: (error: unknown, requestId: string) => void;
}

export function createPolicy(options: PolicyOptions): Stage {
  const { policies, clock, limits, onError } = options;
  const judge = new RequestJudge(limits, options.scanner);

  return async ({ meta, body }, { signal }) => {
    const policy = policies.named(meta.policy);
    const label = { policy: policy.label };
    if (!policy.rules.some(({ onRequest }) => onRequest))
      return { kind: 'pass', annotations: label };
    // The scrubber has already parsed this body within the same bounds.
    const read = parseRequest(await body.read(signal), limits);
    const caller = { key: meta.tenant, team: meta.team, model: meta.model };
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, signal);
    const judgement = await judge.judge(policy, caller, read, timeSlice);
    for (const { error } of judgement.unanswered) onError(error, meta.id);
    const annotations = { ...label, ...evaluationAnnotations(policy, judgement) };
    if (!policy.enforces) return { kind: 'pass', annotations };
    const error = rejection(policy, judgement, annotations);
    if (error) return { kind: 'refuse', error };
    const edits = redactions(read.text, judgement);
    // Lets the next in-process stage reuse the parsed body.
    handOn(read);
    return passed(edits, annotations);
  };
}

function rejection(
  policy: Policy,
  { hits, unanswered }: Judgement,
  annotations: Annotations,
): LlmpError | undefined {
  const rules = hits.map(({ rule }) => rule);
  const refused = rules.find(({ action }) => action === 'block');
  if (refused) return blocked(refused, policy, annotations);
  const [first] = policy.opensOnError ? [] : unanswered;
  if (!first) return undefined;
  return new LlmpError('policy_check_failed', undefined, {
    details: { rule: first.rule.id },
    annotations,
  });
}

function evaluationAnnotations(policy: Policy, { hits, unanswered }: Judgement): Annotations {
  const missing = unanswered.map(({ rule }) => rule.id);
  return {
    ...annotationsOf(
      'policyHits',
      policy,
      hits.map(({ rule }) => rule),
    ),
    ...(missing.length > 0 ? { policyUnanswered: missing.join(' ') } : {}),
  };
}

function passed(edits: readonly Edit[], annotations: Annotations) {
  return edits.length === 0
    ? ({ kind: 'pass', annotations } as const)
    : ({ kind: 'pass', edits, annotations } as const);
}
