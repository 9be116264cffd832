// Sends one HTTP request through the workers and writes the response. When the client disconnects, the
// request is cancelled everywhere.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../../shared/protocol/body.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { envelopeSchema, type Envelope, type StageName } from '../../shared/protocol/messages.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Events } from '../../shared/events.ts';
import { keepHeaders, pairsOf } from '../../shared/runtime/raw-headers.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { HttpLimits, JsonLimits, Limits } from '../../shared/limits.ts';
import type { InFlightRequests } from './dispatch/in-flight-requests.ts';
import type { Grant } from './admission/admission.ts';
import type { WorkerResponse } from './dispatch/exchange.ts';
import type { PassThrough } from '../../shared/protocol/pass-through.ts';
import { forwardHeaders } from './request/forward-headers.ts';
import type { GatewayOptions } from './request/gateway-options.ts';
import { forwardPath } from './request/request-target.ts';
import { sendBuffered, sendFailure, sendStream } from './response/send-response.ts';
import { resultsUrlSteps } from './response/results-url.ts';
import { sendThrough } from './response/send-through.ts';
import { restoreResponse } from './restore/restore-response.ts';

export interface RelayPorts {
  readonly inFlightRequests: InFlightRequests;
  readonly clock: Clock;
  readonly limits: Pick<HttpLimits, 'pingMs'> &
    Pick<Limits['eventLoop'], 'timeSliceMs'> &
    Pick<Limits, 'json'>;
  readonly events: Pick<Events, 'onError'>;
}

/** A validated request. */
export interface RelayRequest {
  readonly routingSlip: readonly StageName[];
  readonly body: Body;
  readonly model: string;
  readonly stream: boolean;
  readonly options: GatewayOptions;
  /** Set where request and response pass as they are. */
  readonly passed?: { readonly feature: PassThrough; readonly path: string };
  /** Absent where nothing limits the request. */
  readonly grant?: Grant;
}

export type Relay = (
  request: FastifyRequest,
  reply: FastifyReply,
  relayed: RelayRequest,
) => Promise<void>;

export function createRelay({ inFlightRequests, clock, limits, events }: RelayPorts): Relay {
  return async (request, reply, { routingSlip, body, model, stream, options, passed, grant }) => {
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
        ...(passed
          ? { method: methodOf(request), path: passed.path, passThrough: passed.feature }
          : {
              method: request.method === 'POST' ? 'POST' : 'GET',
              path: forwardPath(request, caller.secret),
            }),
        headers: forwardHeaders(request.raw.rawHeaders, caller.secret),
        model,
        stream,
      },
      body,
    );
    state.exchange = exchange;
    const closed = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) {
        const error = new LlmpError('client_disconnected');
        exchange.cancel(error);
        closed.abort(error);
      }
      inFlightRequests.forget(exchange);
    });
    // For errors that fastify sends; a response gets them from `withHeaders`.
    for (const [name, value] of pairsOf(grant?.headers ?? [])) reply.header(name, value);
    const own = [...(grant?.headers ?? []), ...request.corsHeaders];
    const answer = withHeaders(await exchange.response, own);
    // It stays in memory until the client has read it.
    if (answer.kind === 'buffered') state.bodyReservation?.add(answer.bytes.byteLength);
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, closed.signal);
    const onKept = (placeholders: number) => {
      state.unrestored = (state.unrestored ?? 0) + placeholders;
    };
    const restored = passed
      ? await withOwnResultsUrl(answer, limits.json, timeSlice)
      : await restoreResponse(answer, exchange.stageReports, timeSlice, onKept);
    const requestId = request.id;
    reply.hijack();
    state.firstByteMs = clock.monotonic() - state.startedMs;
    try {
      if (restored.kind === 'buffered') sendBuffered(response, restored, requestId);
      else if (passed) state.error = await sendThrough(response, restored, requestId);
      else
        state.error = await sendStream(response, restored, {
          clock,
          requestId,
          pingMs: limits.pingMs,
        });
    } catch (thrown) {
      // Fastify no longer responds to errors.
      events.onError(thrown, requestId);
      exchange.cancel((state.error = LlmpError.from(thrown)));
      sendFailure(response, state.error, { requestId, headers: request.corsHeaders });
    }
  };
}

function methodOf({ method }: FastifyRequest): Envelope['method'] {
  return envelopeSchema.shape.method.parse(method);
}

/** Only batches are kept until they are complete. */
async function withOwnResultsUrl(
  response: WorkerResponse,
  limits: JsonLimits,
  timeSlice: TimeSlice,
): Promise<WorkerResponse> {
  if (response.kind === 'stream') return response;
  return { ...response, bytes: await timeSlice.run(resultsUrlSteps(response.bytes, limits)) };
}

/** Adds our own headers: those of the caller's limits, which were removed from the upstream's, and CORS. */
function withHeaders(response: WorkerResponse, own: readonly string[]): WorkerResponse {
  const { status, headers } = response.head;
  // Only the gateway decides which pages may read responses.
  const kept = keepHeaders(headers, (name) => !name.startsWith('access-control-'));
  return { ...response, head: { status, headers: [...kept, ...own] } };
}
