// What the ingress knows of a request while it is handled, and the facts of its log line.

import type { FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { LlmpError } from '../../shared/errors.ts';
import type { Annotations } from '../../shared/annotations.ts';
import type { AccessLogEntry } from '../../shared/events.ts';
import type { TokenUsage } from '../../shared/token-usage.ts';
import type { GrantHolder } from './admission/admission.ts';
import type { BodyReservation } from './admission/body-budget.ts';
import { usageSourceOf } from './admission/usage-cost.ts';
import type { Exchange } from './dispatch/exchange.ts';

export interface RequestState extends GrantHolder {
  readonly startedMs: number;
  model?: string;
  stream?: boolean;
  firstByteMs?: number;
  error?: LlmpError | undefined;
  exchange?: Exchange;
  /** Sends `100 Continue` to a client that waits for it. */
  inviteBody?: () => void;
  /** Bytes of the body, until the response closes. */
  bodyReservation?: BodyReservation;
  /** Placeholders that stay in the response because they stand in a URL. */
  unrestored?: number;
}

/** The facts of a request whose response closed at `nowMs`, on the monotonic clock. */
export function accessLogEntryOf(
  request: FastifyRequest,
  response: ServerResponse,
  nowMs: number,
): AccessLogEntry {
  const { state, caller } = request;
  const { exchange, error } = state;
  const clientGone = !response.writableFinished;
  const route = routeOf(request);
  const { passThrough } = request.routeOptions.config;
  const isPaid = isPaidRoute(request.method, route);
  return {
    requestId: request.id,
    method: request.method,
    route,
    ...(passThrough === undefined ? {} : { passThrough }),
    status: response.headersSent ? response.statusCode : 0,
    outcome: outcomeOf(error, clientGone),
    tookMs: rounded(nowMs - state.startedMs),
    ...(caller ? { keyId: caller.keyId } : {}),
    ...(state.model === undefined ? {} : { model: nameable(state.model) }),
    ...(state.stream === undefined ? {} : { stream: state.stream }),
    ...(error ? { errorCode: error.code } : {}),
    ...(state.firstByteMs === undefined ? {} : { firstByteMs: rounded(state.firstByteMs) }),
    ...(exchange ? exchangeFacts(exchange, isPaid) : {}),
    ...(state.unrestored === undefined ? {} : { unrestored: state.unrestored }),
  };
}

/**
 * Whether a request to this route costs tokens that can be counted: listing models and counting tokens are
 * free, and what goes through is not read.
 */
export function isPaidRoute(method: string, route = ''): boolean {
  return method === 'POST' && !route.endsWith('/count_tokens') && route !== PASS_THROUGH;
}

/** The route of all features that go through. */
const PASS_THROUGH = 'pass-through';

function routeOf({ routeOptions: { url, config } }: FastifyRequest): string {
  return config.passThrough === undefined ? (url ?? 'unknown') : PASS_THROUGH;
}

function exchangeFacts(exchange: Exchange, isPaid: boolean) {
  const { attempts, stages, annotations, usage, vault, unknownCalls } = exchange;
  const { counts, opaque, unscrubbed } = vault;
  const usageSource = isPaid ? usageSourceOf(exchange) : undefined;
  return {
    attempts,
    ...(isPaid && unknownCalls > 0 ? { unknownCalls } : {}),
    stages,
    annotations: {
      ...annotations,
      ...usageAnnotations(usage),
      ...(usageSource === undefined ? {} : { usageSource }),
    },
    ...(Object.keys(counts).length > 0 ? { scrubbed: counts } : {}),
    ...(unscrubbed ? { unscrubbed } : {}),
    ...(opaque > 0 ? { opaque } : {}),
  };
}

/** Token counts under the names they have in the log; what was not reported is left out. */
function usageAnnotations(usage: TokenUsage = {}): Annotations {
  const { cacheWrite5m, cacheWrite1h } = usage;
  const isCacheWritten = cacheWrite5m !== undefined || cacheWrite1h !== undefined;
  const named = {
    responseModel: usage.model,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheCreationTokens: isCacheWritten ? (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) : undefined,
    cacheReadTokens: usage.cacheRead,
    cacheHourTokens: cacheWrite1h,
    webSearches: usage.webSearches,
    speed: usage.speed,
    inferenceGeo: usage.inferenceGeo,
    serviceTier: usage.serviceTier,
  };
  const reported = Object.entries(named).filter(([, value]) => value !== undefined);
  return Object.fromEntries(reported) as Annotations;
}

function outcomeOf(error: LlmpError | undefined, clientGone: boolean): AccessLogEntry['outcome'] {
  if (error?.code === 'client_disconnected') return 'client_disconnected';
  if (error) return error.status < 500 ? 'refused' : 'failed';
  return clientGone ? 'client_disconnected' : 'responded';
}

/** The name is the client's text: anything that does not look like a model name is not logged. */
function nameable(model: string): string {
  return /^[\w.:/[\]-]{1,100}$/.test(model) ? model : 'unnameable';
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
