// Applies a policy to a sample: the request is scrubbed and evaluated as in the workers, but nothing is
// sent or stored.

import { randomBytes } from 'node:crypto';
import { RequestBody } from '../../shared/protocol/body.ts';
import { FactTable } from '../../shared/runtime/fact-table.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { LlmpError } from '../../shared/errors.ts';
import { scanJson } from '../../shared/json/parse.ts';
import { splice, textProperty } from '../../shared/json/edit.ts';
import type { Limits } from '../../shared/limits.ts';
import { ACTIONS, type Action } from '../../shared/policy/document.ts';
import type { Caller, Policy, Rule } from '../../shared/policy/policy.ts';
import type { Detection } from '../../shared/privacy/detection.ts';
import { RequestEvaluator } from '../policy/request-evaluation.ts';
import { createScrubber } from '../scrubber/scrubber.ts';
import { SseEvent } from '../../shared/anthropic/sse/sse-event.ts';
import { PolicyEnforcer } from '../upstream/guard/policy-enforcer.ts';
import { ResponseGuard } from '../upstream/guard/response-guard.ts';

export interface DryRunHit {
  readonly rule: Rule;
  /** Where it matched, with an excerpt: `user, message 0: …`. */
  readonly places: readonly string[];
}

export interface DryRunResult {
  readonly action: Action;
  /** All rules that matched. */
  readonly hits: readonly DryRunHit[];
  /** Rules whose webhook or judge did not respond. */
  readonly failedChecks: readonly string[];
}

export type SampleCaller = Omit<Caller, 'model'>;

/** A sample of `type: message` is evaluated as a response. */
export type DryRunPolicy = (
  policy: Policy,
  sample: string,
  caller: SampleCaller,
) => Promise<DryRunResult>;

export function createPolicyDryRun(
  { rules, scanner }: Detection,
  clock: Clock,
  limits: Pick<Limits, 'eventLoop' | 'json' | 'scan' | 'policy'>,
): DryRunPolicy {
  const masterKey = randomBytes(32);
  const facts = new FactTable(limits.scan.factBytesMax);
  const scrubber = createScrubber({ rules, scanner, masterKey, clock, limits, facts });
  const evaluator = new RequestEvaluator(limits.policy, facts);
  const { signal } = new AbortController();

  return async (policy, sample, sampleCaller) => {
    const root = scanJson(sample);
    const caller = { ...sampleCaller, model: textProperty(root, sample, 'model') ?? '' };
    if (textProperty(root, sample, 'type') === 'message')
      return dryRunResponse(policy, sample, caller);
    const message = { meta: metaOf(caller), body: new RequestBody(Buffer.from(sample)) };
    const scrubbed = await scrubber(message, { signal, confirm, sendVault: () => {} });
    if (scrubbed.kind === 'refuse') throw scrubbed.error;
    const edits = scrubbed.kind === 'pass' ? scrubbed.edits : undefined;
    const text = splice(sample, edits ?? []);
    const request = new RequestBody(Buffer.from(text)).parse(limits.json);
    const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, signal);
    const { hits, failedChecks } = await evaluator.evaluate(
      policy,
      caller,
      request,
      timeSlice,
      confirm,
    );
    return {
      action: strongest(hits.map(({ rule }) => rule)),
      hits: hits.map(({ rule, places }) => ({
        rule,
        places: places.map(({ place: { part, turn }, node, ranges: [range] }) => {
          const where = turn < 0 ? part : `${part}, message ${turn}`;
          return range ? `${where}: ${excerpt(request.textAt(node).value, range)}` : where;
        }),
      })),
      failedChecks: failedChecks.map(({ rule }) => rule.id),
    };
  };
}

function dryRunResponse(policy: Policy, sample: string, caller: Caller): DryRunResult {
  const guard = new ResponseGuard(policy, caller, () => ({
    usage: {},
    isCached: false,
    annotations: {},
  }));
  try {
    new PolicyEnforcer(guard).event(new SseEvent(Buffer.from(sample), 'whole'));
  } catch (error) {
    if (!(error instanceof LlmpError) || error.code !== 'policy_blocked') throw error;
  }
  const hits = guard.hits.map((rule) => ({ rule, places: [] }));
  return { action: strongest(guard.hits), hits, failedChecks: [] };
}

function strongest(rules: readonly Rule[]): Action {
  const actions = rules.map(({ action }) => action);
  return ACTIONS.findLast((action) => actions.includes(action)) ?? 'allow';
}

/** Nobody gives up a dry run. */
const confirm = () => Promise.resolve();

/** Characters of context on both sides. */
const CONTEXT_CHARS = 20;

function excerpt(text: string, { start, end }: { start: number; end: number }): string {
  const from = Math.max(0, start - CONTEXT_CHARS);
  return JSON.stringify(text.slice(from, Math.min(end, start + 60) + CONTEXT_CHARS));
}

function metaOf({ key, model }: Caller): Envelope {
  return {
    id: 'req_sample',
    attempt: 1,
    deadlineMs: 60_000,
    position: 0,
    routingSlip: ['scrubber'],
    replyTo: 'nowhere',
    tenant: key,
    method: 'POST',
    path: '/v1/messages',
    headers: [],
    model,
    stream: false,
  };
}
