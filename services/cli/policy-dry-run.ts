// What a policy would do to a sample: the request goes through the scrubber and is judged as in the
// workers, but nothing is sent and nothing is stored.

import { randomBytes } from 'node:crypto';
import { HeldBody } from '../../shared/protocol/body.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { LlmpError } from '../../shared/errors.ts';
import { scanJson } from '../../shared/json/parse.ts';
import { splice, stringAt, textProperty } from '../../shared/json/edit.ts';
import { limits } from '../../shared/limits.ts';
import { parseRequest } from '../../shared/anthropic/parsed-request.ts';
import { ACTIONS, type Action } from '../../shared/policy/document.ts';
import type { Caller, Policy, Rule } from '../../shared/policy/policy.ts';
import type { Detection } from '../host/detection.ts';
import { RequestJudge } from '../policy/request-evaluation.ts';
import { createScrubber } from '../scrubber/scrubber.ts';
import { ResponseGuard } from '../upstream/guard/response-guard.ts';
import { guardedResponse } from '../upstream/guard/guarded-response.ts';

export interface TrialHit {
  readonly rule: Rule;
  /** Where and what, for people: `user, message 0: …the words around it…`. */
  readonly places: readonly string[];
}

export interface Trial {
  readonly action: Action;
  /** All rules that hit, whatever the others say. */
  readonly hits: readonly TrialHit[];
  /** Rules whose webhook or judge did not answer. */
  readonly unanswered: readonly string[];
}

export type Whom = Omit<Caller, 'model'>;

/** Holds a sample against policies; a message in place of a request is taken for an answer. */
export type TryPolicy = (policy: Policy, sample: string, whom: Whom) => Promise<Trial>;

export function createPolicyTrial({ rules, scanner }: Detection, clock: Clock): TryPolicy {
  const masterKey = randomBytes(32);
  const scrubber = createScrubber({ rules, scanner, masterKey, clock, limits });
  const judge = new RequestJudge(limits);
  const { signal } = new AbortController();

  return async (policy, sample, whom) => {
    const root = scanJson(sample);
    const caller = { ...whom, model: textProperty(root, sample, 'model') ?? '' };
    if (textProperty(root, sample, 'type') === 'message')
      return await answer(policy, sample, caller);
    const message = { meta: metaOf(caller), body: new HeldBody(Buffer.from(sample)) };
    const scrubbed = await scrubber(message, { signal, sendVault: () => {} });
    if (scrubbed.kind === 'refuse') throw scrubbed.error;
    const edits = scrubbed.kind === 'pass' ? scrubbed.edits : undefined;
    const text = splice(sample, edits ?? []);
    const bytes = Buffer.from(text);
    const request = parseRequest(bytes, limits);
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, signal);
    const { hits, unanswered } = await judge.judge(policy, caller, request, timeSlice);
    return {
      action: strongest(hits.map(({ rule }) => rule)),
      hits: hits.map(({ rule, places }) => ({
        rule,
        places: places.map(({ place: { part, turn }, span, ranges: [range] }) => {
          const where = turn < 0 ? part : `${part}, message ${turn}`;
          return range ? `${where}: ${excerpt(stringAt(text, span), range)}` : where;
        }),
      })),
      unanswered: unanswered.map(({ rule }) => rule.id),
    };
  };
}

async function answer(policy: Policy, sample: string, caller: Caller): Promise<Trial> {
  const guard = new ResponseGuard(policy, caller, () => ({
    usage: {},
    isCached: false,
    annotations: {},
  }));
  const chunks = guardedResponse(once(Buffer.from(sample)), false, guard);
  try {
    for await (const _ of chunks) continue;
  } catch (error) {
    if (!(error instanceof LlmpError) || error.code !== 'policy_blocked') throw error;
  }
  const hits = guard.hits.map((rule) => ({ rule, places: [] }));
  return { action: strongest(guard.hits), hits, unanswered: [] };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function strongest(rules: readonly Rule[]): Action {
  const actions = rules.map(({ action }) => action);
  return ACTIONS.findLast((action) => actions.includes(action)) ?? 'allow';
}

const AROUND = 20;

function excerpt(text: string, { start, end }: { start: number; end: number }): string {
  const cut = text.slice(Math.max(0, start - AROUND), Math.min(end, start + 60) + AROUND);
  return JSON.stringify(cut);
}

function metaOf({ key, model }: Caller): Envelope {
  return {
    id: 'req_sample',
    attempt: 1,
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
