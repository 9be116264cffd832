// Carries one HTTP request through the workers and its answer back, and keeps the two lives tied: when
// the client leaves, the request is given up everywhere.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Body } from '../../shared/protocol/body.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Envelope, StageName } from '../../shared/protocol/messages.ts';
import { LlmpError } from '../../shared/errors.ts';
import { headerOf, pairsOf } from '../../shared/runtime/raw-headers.ts';
import type { Limits } from '../../shared/limits.ts';
import type { InFlightRequests } from './dispatch/in-flight-requests.ts';
import type { Grant } from './admission/admission.ts';
import type { Caller } from './auth/auth.ts';
import type { Reply } from './dispatch/exchange.ts';
import { forwardHeaders } from './request/forward-headers.ts';
import type { RequestFields } from './request/message-request.ts';
import { sendBuffered, sendStream } from './response/send-response.ts';
import { NOTHING_SPENT } from './admission/usage-cost.ts';
import { restoreResponse } from './restore/restore-response.ts';

export interface RelayPorts {
  readonly inFlightRequests: InFlightRequests;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'pingMs'>;
}

export type Relay = (
  request: FastifyRequest,
  reply: FastifyReply,
  routingSlip: readonly StageName[],
  body: Body,
  fields: RequestFields,
  grant?: Grant,
) => Promise<void>;

export function createRelay({ inFlightRequests, clock, limits }: RelayPorts): Relay {
  return async (request, reply, routingSlip, body, fields, grant) => {
    const { caller, story } = request;
    const response = reply.raw;
    // It may have left while its limits were asked for, and then its response closes no more.
    if (response.destroyed) {
      grant?.settle(NOTHING_SPENT, 0);
      throw new LlmpError('client_disconnected');
    }
    // Whatever becomes of the request from here on, its limits are settled when its response closes.
    Object.assign(story, { grant });
    const exchange = inFlightRequests.begin(
      {
        id: request.id,
        routingSlip: [...routingSlip],
        tenant: caller.tenant,
        ...(caller.team === undefined ? {} : { team: caller.team }),
        ...(caller.policy === undefined ? {} : { policy: caller.policy }),
        ...cacheOf(caller, request.raw.rawHeaders),
        ...ragOf(caller, request.raw.rawHeaders),
        method: request.method === 'GET' ? 'GET' : 'POST',
        path: request.url,
        headers: forwardHeaders(request.raw.rawHeaders, caller.secret),
        model: fields.model,
        stream: fields.stream,
      },
      body,
    );
    response.once('close', () => {
      if (!response.writableFinished) exchange.cancel(new LlmpError('client_disconnected'));
      inFlightRequests.forget(exchange);
    });
    // For an error that fastify sends; an answer gets them below.
    reply.headers(Object.fromEntries(pairsOf(grant?.headers ?? [])));
    Object.assign(story, { exchange });
    const answer = restoreResponse(limited(await exchange.reply, grant), exchange.stageReports);
    reply.hijack();
    story.firstByteMs = clock.monotonic() - story.startedMs;
    if (answer.kind === 'whole') sendBuffered(response, answer, request.id);
    else {
      const requestId = request.id;
      story.error = await sendStream(response, answer, { clock, requestId, ...limits });
    }
  };
}

/** What the key allows, and the client wants of it. Throws `invalid_request`. */
function cacheOf({ cacheMs }: Caller, rawHeaders: readonly string[]): Pick<Envelope, 'cache'> {
  if (cacheMs === undefined) return {};
  const wanted = headerOf(rawHeaders, 'x-llmp-cache')?.trim().toLowerCase() ?? 'use';
  const mode = (['use', 'refresh', 'bypass'] as const).find((one) => one === wanted);
  if (mode) return { cache: { ttlMs: cacheMs, mode } };
  throw new LlmpError('invalid_request', 'x-llmp-cache: must be refresh or bypass');
}

/** What the key's requests are answered from. Throws `invalid_request`. */
function ragOf({ collections }: Caller, rawHeaders: readonly string[]): Pick<Envelope, 'rag'> {
  if (!collections || collections.length === 0) return {};
  const wanted = headerOf(rawHeaders, 'x-llmp-rag')?.trim().toLowerCase() ?? 'on';
  if (wanted === 'on' || wanted === 'off') {
    return { rag: { collections: [...collections], search: wanted === 'on' } };
  }
  throw new LlmpError('invalid_request', 'x-llmp-rag: must be on or off');
}

/** The answer with what is left of the caller's limits; the upstream's own limits were taken out. */
function limited(reply: Reply, grant: Grant | undefined): Reply {
  if (!grant || grant.headers.length === 0) return reply;
  const headers = [...reply.head.headers, ...grant.headers];
  return { ...reply, head: { ...reply.head, headers } };
}
