// Sends one HTTP request through the workers and writes the response. When the client disconnects, the
// request is cancelled everywhere.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../../shared/protocol/body.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { StageName } from '../../shared/protocol/messages.ts';
import { LlmpError } from '../../shared/errors.ts';
import { pairsOf } from '../../shared/runtime/raw-headers.ts';
import type { HttpLimits } from '../../shared/limits.ts';
import type { InFlightRequests } from './dispatch/in-flight-requests.ts';
import type { Grant } from './admission/admission.ts';
import type { WorkerResponse } from './dispatch/exchange.ts';
import { forwardHeaders } from './request/forward-headers.ts';
import type { GatewayOptions } from './request/gateway-options.ts';
import { sendBuffered, sendStream } from './response/send-response.ts';
import { restoreResponse } from './restore/restore-response.ts';

export interface RelayPorts {
  readonly inFlightRequests: InFlightRequests;
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'pingMs'>;
}

/** A validated request: everything a client can get wrong was checked to make it. */
export interface RelayRequest {
  readonly routingSlip: readonly StageName[];
  readonly body: Body;
  readonly model: string;
  readonly stream: boolean;
  readonly options: GatewayOptions;
  /** Absent where nothing limits the request. */
  readonly grant?: Grant;
}

export type Relay = (
  request: FastifyRequest,
  reply: FastifyReply,
  relayed: RelayRequest,
) => Promise<void>;

export function createRelay({ inFlightRequests, clock, limits }: RelayPorts): Relay {
  return async (request, reply, { routingSlip, body, model, stream, options, grant }) => {
    const { caller, state } = request;
    const response = reply.raw;
    // A client that left during admission has closed its response already.
    if (response.destroyed) throw new LlmpError('client_disconnected');
    const exchange = inFlightRequests.begin(
      {
        id: request.id,
        routingSlip: [...routingSlip],
        tenant: caller.tenant,
        ...(caller.team === undefined ? {} : { team: caller.team }),
        ...(caller.policy === undefined ? {} : { policy: caller.policy }),
        ...options,
        method: request.method === 'GET' ? 'GET' : 'POST',
        path: request.url,
        headers: forwardHeaders(request.raw.rawHeaders, caller.secret),
        model,
        stream,
      },
      body,
    );
    state.exchange = exchange;
    response.once('close', () => {
      if (!response.writableFinished) exchange.cancel(new LlmpError('client_disconnected'));
      inFlightRequests.forget(exchange);
    });
    // For errors that fastify sends; a response gets them from `limited`.
    reply.headers(Object.fromEntries(pairsOf(grant?.headers ?? [])));
    const restored = restoreResponse(
      limited(await exchange.response, grant),
      exchange.stageReports,
    );
    reply.hijack();
    state.firstByteMs = clock.monotonic() - state.startedMs;
    if (restored.kind === 'buffered') sendBuffered(response, restored, request.id);
    else {
      const requestId = request.id;
      state.error = await sendStream(response, restored, {
        clock,
        requestId,
        pingMs: limits.pingMs,
      });
    }
  };
}

/** Adds the headers of the caller's own limits; those of the upstream were removed before. */
function limited(response: WorkerResponse, grant: Grant | undefined): WorkerResponse {
  if (!grant || grant.headers.length === 0) return response;
  const headers = [...response.head.headers, ...grant.headers];
  return { ...response, head: { ...response.head, headers } };
}
