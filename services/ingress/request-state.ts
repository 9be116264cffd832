// What is known of a request while it is handled, and the one log line it becomes when its response
// closes, whichever way it ended.

import type { FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { LlmpError } from '../../shared/errors.ts';
import type { RequestFacts } from '../../shared/events.ts';
import type { Grant } from './admission/admission.ts';
import type { Exchange } from './dispatch/exchange.ts';

export interface RequestState {
  readonly startedMs: number;
  model?: string;
  stream?: boolean;
  firstByteMs?: number;
  error?: LlmpError | undefined;
  exchange?: Exchange;
  /** What was taken for it from its limits, until that is settled. */
  grant?: Grant | undefined;
}

/** The facts of a request whose response has closed at `nowMs`. */
export function factsOf(
  request: FastifyRequest,
  response: ServerResponse,
  nowMs: number,
): RequestFacts {
  const { story, caller } = request;
  const { exchange, error } = story;
  const clientGone = !response.writableFinished;
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    status: response.headersSent ? response.statusCode : 0,
    outcome: outcomeOf(error, clientGone),
    tookMs: rounded(nowMs - story.startedMs),
    ...(caller ? { keyId: caller.keyId } : {}),
    ...(story.model === undefined ? {} : { model: nameable(story.model) }),
    ...(story.stream === undefined ? {} : { stream: story.stream }),
    ...(error ? { errorCode: error.code } : {}),
    ...(story.firstByteMs === undefined ? {} : { firstByteMs: rounded(story.firstByteMs) }),
    ...(exchange ? exchangeFacts(exchange) : {}),
  };
}

function exchangeFacts({ attempts, stages, annotations, vault }: Exchange) {
  const { counts, opaque } = vault;
  return {
    attempts,
    stages,
    annotations,
    ...(Object.keys(counts).length > 0 ? { scrubbed: counts } : {}),
    ...(opaque > 0 ? { opaque } : {}),
  };
}

function outcomeOf(error: LlmpError | undefined, clientGone: boolean): RequestFacts['outcome'] {
  if (error?.code === 'client_disconnected') return 'client_disconnected';
  if (error) return error.status < 500 ? 'refused' : 'failed';
  return clientGone ? 'client_disconnected' : 'answered';
}

/** A model's name is the client's text: what does not look like a name is not written down. */
function nameable(model: string): string {
  return /^[\w.:/[\]-]{1,100}$/.test(model) ? model : 'unnameable';
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
