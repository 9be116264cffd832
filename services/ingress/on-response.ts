// What is done when the response of a request has closed, whichever way it ended: one line in the log,
// and for a request of a key one record in the ledger, with which its limits are settled.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Events, RequestFacts } from '../../shared/events.ts';
import type { LedgerEntry } from '../../shared/metering/ledger.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import type { Caller } from './auth/auth.ts';
import type { SettlementWriter } from './admission/settlement-writer.ts';
import { inputEstimate } from '../../shared/metering/token-estimate.ts';
import { factsOf } from './request-state.ts';
import { costOfSpent, NOTHING_SPENT, spentOn, type Spent } from './admission/usage-cost.ts';

export interface OnResponsePorts {
  readonly clock: Clock;
  readonly events: Pick<Events, 'requestFinished'>;
  readonly prices: PriceTable;
  readonly settlementWriter: Pick<SettlementWriter, 'enqueue'>;
}

export type CloseRequest = (request: FastifyRequest, reply: FastifyReply) => void;

const COUNTS_ROUTE = /\/count_tokens$/;

export function createOnResponse({
  clock,
  events,
  prices,
  settlementWriter,
}: OnResponsePorts): CloseRequest {
  return (request, reply) => {
    const facts = factsOf(request, reply.raw, clock.monotonic());
    events.requestFinished(facts);
    const { caller, story } = request;
    // Without a key it is nobody's; refused keys are not even known.
    if (!caller) return;
    const { exchange, grant, model = '' } = story;
    const isCount = COUNTS_ROUTE.test(facts.route);
    const spent =
      exchange && !isCount && facts.method === 'POST' ? spentOn(exchange) : NOTHING_SPENT;
    // Most requests need no estimate, as their limits do not ask for one and their answers say it.
    const estimate =
      spent.inputTokens === undefined ? grant?.estimate || estimateOf(request.body) : 0;
    const cost = costOfSpent(spent, model, estimate, prices);
    const entry = entryOf(facts, caller, { spent, estimate, cost, nowMs: clock.now() });
    if (grant) grant.settle(spent, cost ?? 0, entry);
    else {
      const { id: holder } = request;
      settlementWriter.enqueue({
        nowMs: clock.now(),
        holder,
        charges: [],
        leases: [],
        budgets: [],
        entry,
      });
    }
  };
}

function estimateOf(body: unknown): number {
  return body instanceof Uint8Array ? inputEstimate(body) : 0;
}

/** What the policy said of the request and of its answer, and whether that was given before. */
function noted({
  annotations = {},
}: RequestFacts): Pick<LedgerEntry, 'policy' | 'policyHits' | 'cache'> {
  const { policy, policyHits, answerPolicyHits, cache } = annotations;
  const hits = [policyHits, answerPolicyHits].filter((words) => typeof words === 'string');
  return {
    ...(typeof policy === 'string' ? { policy } : {}),
    ...(typeof cache === 'string' ? { cache } : {}),
    ...(hits.length > 0 ? { policyHits: hits.join(' ') } : {}),
  };
}

function entryOf(
  facts: RequestFacts,
  { keyId, team }: Caller,
  {
    spent,
    estimate,
    cost,
    nowMs,
  }: { spent: Spent; estimate: number; cost: number | null; nowMs: number },
): LedgerEntry {
  const {
    requestId: id,
    method: _method,
    annotations: _annotations,
    opaque: _opaque,
    ...told
  } = facts;
  const { inputTokens = estimate, cacheWriteTokens, cacheReadTokens, outputTokens } = spent;
  return {
    ...told,
    ...noted(facts),
    id,
    atMs: Math.round(nowMs - facts.tookMs),
    keyId,
    ...(team === undefined ? {} : { team }),
    inputTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens,
    estimated: spent.estimated,
    cost,
  };
}
