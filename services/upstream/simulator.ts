// The built-in upstream: answers in the Anthropic protocol without a network or a key, so that a
// fresh clone works and every failure of a real upstream can be called up (`simulator/directives.ts`).

import type { Clock } from '../../shared/runtime/clock.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import { randomText } from '../../shared/runtime/ids.ts';
import { beforeHead } from './simulator/before-head.ts';
import { readHeaderPairs, takeTextPairs } from './simulator/directive-text.ts';
import {
  failureMessage,
  readDirectives,
  withoutError,
  type Directives,
} from './simulator/directives.ts';
import { createFailureCount, type FailureCount } from './simulator/failure-count.ts';
import { ApiError, statusOfType } from './simulator/api-error.ts';
import { composeMessage } from './simulator/message.ts';
import { findModel, listModels } from './simulator/models.ts';
import { playStream, playBuffered } from './simulator/playback.ts';
import { commonHeaders, errorResponse, jsonResponse } from './simulator/response.ts';
import { estimateInputTokens, readConversation, readMessagesRequest } from './simulator/request.ts';
import { newestTurn } from './simulator/turn.ts';
import type { Transport, UpstreamResponse, UpstreamRequest } from './transport.ts';

interface SimulatorOptions {
  readonly clock: Clock;
  /** Milliseconds before each delta of a stream, unless a request says otherwise; default 0. */
  readonly paceMs?: number;
}

/** What the handlers of one request share. */
interface Exchange {
  readonly request: UpstreamRequest;
  readonly requestId: string;
  readonly headers: readonly string[];
  readonly clock: Clock;
  readonly paceMs: number;
  readonly shouldFail: FailureCount;
}

/**
 * A Transport that echoes. Serves POST /v1/messages and /v1/messages/count_tokens, GET /v1/models
 * and /v1/models/{id}. Rejects and throws only when the signal aborts (its reason) or when a
 * directive asks for a lost connection (LlmpError `upstream_disconnected`).
 */
export function createSimulator({ clock, paceMs = 0 }: SimulatorOptions): Transport {
  const shouldFail = createFailureCount();
  return async (request) => {
    request.signal.throwIfAborted();
    const requestId = `req_sim_${randomText(24)}`;
    const headers = commonHeaders(clock, requestId);
    try {
      return await answer({ request, requestId, headers, clock, paceMs, shouldFail });
    } catch (thrown) {
      if (thrown instanceof ApiError) return errorResponse(thrown, headers, requestId);
      throw thrown;
    }
  };
}

async function answer(exchange: Exchange): Promise<UpstreamResponse> {
  const { request, headers, clock } = exchange;
  const { pathname, searchParams } = new URL(`http://simulator.invalid${request.path}`);
  if (request.method === 'POST' && pathname === '/v1/messages') return answerMessage(exchange);

  await beforeHead(headerDirectives(exchange), clock, request.signal);
  if (request.method === 'POST' && pathname === '/v1/messages/count_tokens') {
    const tokens = estimateInputTokens(readConversation(request.body));
    return jsonResponse(200, headers, { input_tokens: tokens });
  }
  if (request.method === 'GET' && pathname === '/v1/models') {
    return jsonResponse(200, headers, listModels(searchParams));
  }
  const [, modelId] = /^\/v1\/models\/([^/]+)$/.exec(pathname) ?? [];
  if (request.method === 'GET' && modelId !== undefined) {
    return jsonResponse(200, headers, findModel(modelId));
  }
  throw new ApiError(404, 'Not Found');
}

async function answerMessage(exchange: Exchange): Promise<UpstreamResponse> {
  const { request, requestId, clock } = exchange;
  const message = readMessagesRequest(request.body);
  const turn = newestTurn(message);
  const { pairs, rest } = takeTextPairs(turn.text);
  const fromHeader = headerPairs(request);
  // A header stays the same on every turn, so a tool it calls would be called without end.
  if (turn.toolResult !== undefined) for (const name of ['tool', 'input']) delete fromHeader[name];
  const directives = spend(readDirectives({ ...fromHeader, ...pairs }), exchange);
  await beforeHead(directives, clock, request.signal);

  const stream = message.stream === true;
  const midError = directives['mid-error'];
  if (midError !== undefined && !stream) {
    const said = failureMessage(directives, midError);
    throw new ApiError(statusOfType(midError), said, { type: midError });
  }
  const composed = composeMessage(message, { ...turn, text: rest }, directives);
  const paceMs = directives.pace ?? exchange.paceMs;
  const play = { directives, clock, paceMs, signal: request.signal, requestId };
  const contentType = stream ? 'text/event-stream; charset=utf-8' : 'application/json';
  return {
    status: 200,
    headers: ['content-type', contentType, 'cache-control', 'no-cache', ...exchange.headers],
    body: stream ? playStream(composed, play) : playBuffered(composed, play),
  };
}

/** Directives of endpoints that have no newest user text, or whose text is not being answered. */
function headerDirectives(exchange: Exchange): Directives {
  return spend(readDirectives(headerPairs(exchange.request)), exchange);
}

function headerPairs({ headers }: UpstreamRequest): Record<string, string> {
  return { ...readHeaderPairs(headerOf(headers, 'x-llmp-simulate') ?? '') };
}

/** Takes the failure out once its `key` has failed as often as asked for. */
function spend(directives: Directives, { shouldFail }: Exchange): Directives {
  const { key, times } = directives;
  if (key === undefined || times === undefined || shouldFail(key, times)) return directives;
  return withoutError(directives);
}
