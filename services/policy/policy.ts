// The policy stage blocks or redacts scrubbed requests, so personal data appears here as placeholders.
// Response rules run in the upstream worker, where the stream starts.

import { FactTable } from '../../shared/runtime/fact-table.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Annotations } from '../../shared/annotations.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { requestFactsOf } from '../../shared/policy/request-facts.ts';
import type { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import { blocked, annotationsOf } from '../../shared/policy/verdict.ts';
import type { ConfirmContext, Stage } from '../../shared/protocol/stage.ts';
import { redactions } from './redactions.ts';
import { RequestEvaluator, type RequestEvaluation } from './request-evaluation.ts';

export interface PolicyOptions {
  /** Read once per request; policies can be reloaded at any time. */
  readonly policies: Policies;
  /** The personal-data scanner of the policies; texts that the scrubber found clean with it are not rescanned. */
  readonly scanner?: object;
  /** What the process remembers about texts; a table of its own by default. */
  readonly facts?: FactTable;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'json' | 'policy' | 'scan'>;
  /** Receives failures of webhooks and LLM judges. */
  readonly onError: (error: unknown, requestId: string) => void;
}

export function createPolicy(options: PolicyOptions): Stage<ConfirmContext> {
  const { policies, clock, limits, onError } = options;
  const facts = options.facts ?? new FactTable(limits.scan.factBytesMax);
  const evaluator = new RequestEvaluator(limits.policy, facts, options.scanner);

  return async ({ meta, body }, { signal, confirm }) => {
    const policy = policies.named(meta.policy);
    const label = { policy: policy.label };
    if (!policy.rules.some(({ onRequest }) => onRequest))
      return { kind: 'pass', annotations: label };
    const caller = { key: meta.tenant, team: meta.team, model: meta.model };
    const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, signal);
    // The scrubber has already parsed this body within the same bounds.
    const request = await timeSlice.run((await body.read(signal)).parseSteps(limits.json));
    const evaluation = await evaluator.evaluate(policy, caller, request, timeSlice, confirm);
    for (const { error } of evaluation.failedChecks) onError(error, meta.id);
    const annotations = { ...label, ...evaluationAnnotations(policy, evaluation) };
    if (!policy.enforces) return { kind: 'pass', annotations };
    const error = rejection(policy, evaluation, annotations, request);
    if (error) return { kind: 'refuse', error };
    const edits = await timeSlice.run(redactions(request.text, evaluation));
    return passOutcome(edits, annotations);
  };
}

function rejection(
  policy: Policy,
  { hits, failedChecks }: RequestEvaluation,
  annotations: Annotations,
  request: ParsedRequest,
): LlmpError | undefined {
  const rules = hits.map(({ rule }) => rule);
  const blocking = rules.find(({ action }) => action === 'block');
  if (blocking) {
    const { all, any } = blocking.requests;
    const facts = requestFactsOf(request);
    const exceeded = [...all, ...any].flatMap((matcher) => matcher.exceeded?.(facts) ?? []);
    return blocked(blocking, policy, { annotations, exceeded });
  }
  const [first] = policy.opensOnError ? [] : failedChecks;
  if (!first) return undefined;
  return new LlmpError('policy_check_failed', undefined, {
    details: { rule: first.rule.id },
    annotations,
  });
}

function evaluationAnnotations(
  policy: Policy,
  { hits, failedChecks }: RequestEvaluation,
): Annotations {
  const failed = failedChecks.map(({ rule }) => rule.id);
  return {
    ...annotationsOf(
      'policyHits',
      policy,
      hits.map(({ rule }) => rule),
    ),
    ...(failed.length > 0 ? { policyFailedChecks: failed.join(' ') } : {}),
  };
}

function passOutcome(edits: readonly Edit[], annotations: Annotations) {
  return edits.length === 0
    ? ({ kind: 'pass', annotations } as const)
    : ({ kind: 'pass', edits, annotations } as const);
}
