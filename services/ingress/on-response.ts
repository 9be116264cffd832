// Runs when a response has closed, however it ended: writes one log line and, for a request with a key,
// one ledger entry that also settles its limits.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { endsWithin, type Clock } from '../../shared/runtime/clock.ts';
import type { Events, AccessLogEntry } from '../../shared/events.ts';
import type { ProcessLimits } from '../../shared/limits.ts';
import type { LedgerEntry } from '../../shared/metering/ledger.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import type { Caller } from './auth/auth.ts';
import type { Grant } from './admission/admission.ts';
import { ownerOf } from './admission/limit-scopes.ts';
import type { SettlementWriter } from './admission/settlement-writer.ts';
import { inputEstimate } from '../../shared/metering/token-estimate.ts';
import { accessLogEntryOf, isPaidRoute } from './request-state.ts';
import { costOfUsage, NO_USAGE, billedUsageOf, type BilledUsage } from './admission/usage-cost.ts';

export interface OnResponsePorts {
  readonly clock: Clock;
  readonly limits: Pick<ProcessLimits, 'finalFlushMs'>;
  readonly events: Pick<Events, 'requestFinished' | 'onError'>;
  readonly prices: PriceTable;
  readonly settlementWriter: Pick<SettlementWriter, 'enqueue'>;
}

export interface OnResponse extends AsyncDisposable {
  /** Call once, when the response has closed. Never throws: nobody would catch it. */
  handle(request: FastifyRequest, reply: FastifyReply): void;
}

/**
 * The one place where grants are settled. A client may leave while its admission is still
 * pending; disposing waits `limits.finalFlushMs` for it.
 */
export function createOnResponse(ports: OnResponsePorts): OnResponse {
  const { clock, events, limits } = ports;
  const undecided = new Set<Promise<void>>();
  return {
    handle(request, reply) {
      const onError = (thrown: unknown) => events.onError(thrown, request.id);
      try {
        const facts = accessLogEntryOf(request, reply.raw, clock.monotonic());
        events.requestFinished(facts);
        // Requests without a valid key are logged, but have no ledger entry.
        if (!request.caller) return;
        const { grant } = request.state;
        if (!(grant instanceof Promise)) return settle(ports, request, facts, grant);
        const settled = grant
          .catch(() => undefined)
          .then((decided) => settle(ports, request, facts, decided))
          .catch(onError)
          .finally(() => undecided.delete(settled));
        undecided.add(settled);
      } catch (thrown) {
        onError(thrown);
      }
    },
    async [Symbol.asyncDispose]() {
      await endsWithin(clock, limits.finalFlushMs, Promise.all(undecided));
    },
  };
}

/** Writes the ledger entry and, in the same step, gives back what the request did not use. */
function settle(
  { clock, prices, settlementWriter }: OnResponsePorts,
  { id: holder, caller, state, body }: FastifyRequest,
  facts: AccessLogEntry,
  grant: Grant | undefined,
): void {
  const { exchange, model = '' } = state;
  const isPaid = isPaidRoute(facts.method, facts.route);
  // Admission has estimated the input where a limit depends on it.
  const estimate = () => grant?.estimate || estimateOf(body);
  const usage = exchange && isPaid ? billedUsageOf(exchange, estimate) : NO_USAGE;
  const cost = costOfUsage(usage, model, prices);
  const nowMs = clock.now();
  const entry = entryOf(facts, caller, { usage, cost, nowMs });
  if (grant) grant.settle(usage, cost ?? 0, entry);
  else {
    const owner = ownerOf(caller);
    const nothing = { charges: [], leases: [], budgets: [] };
    settlementWriter.enqueue({ owner, nowMs, holder, ...nothing, entry });
  }
}

function estimateOf(body: unknown): number {
  return body instanceof Uint8Array ? inputEstimate(body) : 0;
}

/** The policy's hits on request and response, and whether the response came from the cache. */
function annotationFields({
  annotations = {},
}: AccessLogEntry): Pick<LedgerEntry, 'policy' | 'policyHits' | 'cache'> {
  const { policy, policyHits, responsePolicyHits, cache } = annotations;
  const hits = [policyHits, responsePolicyHits].filter((rules) => typeof rules === 'string');
  return {
    ...(typeof policy === 'string' ? { policy } : {}),
    ...(typeof cache === 'string' ? { cache } : {}),
    ...(hits.length > 0 ? { policyHits: hits.join(' ') } : {}),
  };
}

function entryOf(
  facts: AccessLogEntry,
  { keyId, team }: Caller,
  { usage, cost, nowMs }: { usage: BilledUsage; cost: number | null; nowMs: number },
): LedgerEntry {
  const {
    requestId: id,
    method: _method,
    annotations: _annotations,
    opaque: _opaque,
    unscrubbed: _unscrubbed,
    unrestored: _unrestored,
    ...fields
  } = facts;
  const { tokens, estimated, source } = usage;
  return {
    ...fields,
    ...annotationFields(facts),
    id,
    atMs: Math.round(nowMs - facts.tookMs),
    keyId,
    ...(team === undefined ? {} : { team }),
    inputTokens: tokens.input,
    cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    cacheReadTokens: tokens.cacheRead,
    outputTokens: tokens.output,
    estimated,
    ...(source === undefined ? {} : { usageSource: source }),
    cost,
  };
}
