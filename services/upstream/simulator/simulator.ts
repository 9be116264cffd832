// The built-in upstream: responds in the Anthropic protocol without a network or a key, so a fresh clone
// works. It can simulate every failure of a real upstream (`directives.ts`).

import {
  notSupported,
  PASSED_FEATURES,
  type PassThrough,
} from '../../../shared/protocol/pass-through.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import { randomText } from '../../../shared/runtime/ids.ts';
import { beforeHead } from './before-head.ts';
import { readHeaderPairs, takeTextPairs } from './directive-text.ts';
import { failureMessage, readDirectives, withoutError, type Directives } from './directives.ts';
import { createFailureCount, type FailureCount } from './failure-count.ts';
import { ApiError, statusOfType } from './api-error.ts';
import { composeMessage } from './message.ts';
import { findModel, listModels } from './models.ts';
import { playStream, playBuffered } from './playback.ts';
import { commonHeaders, errorResponse, jsonResponse } from './response.ts';
import { estimateInputTokens, readConversation, readMessagesRequest } from './request.ts';
import { latestTurn } from './turn.ts';
import type { Transport, UpstreamResponse, UpstreamRequest } from '../transport.ts';

interface SimulatorOptions {
  readonly clock: Clock;
  /** Milliseconds before each delta of a stream; a directive can override it. Default 0. */
  readonly paceMs?: number;
}

/** State shared by the handlers of one request. */
interface SimulatedCall {
  readonly request: UpstreamRequest;
  readonly requestId: string;
  readonly headers: readonly string[];
  readonly clock: Clock;
  readonly paceMs: number;
  readonly countFailure: FailureCount;
}

/**
 * A Transport that echoes. Serves POST /v1/messages and /v1/messages/count_tokens, GET /v1/models
 * and /v1/models/{id}.
 * @throws the signal's reason, or `upstream_disconnected` if a directive asks for a lost connection
 */
export function createSimulator({ clock, paceMs = 0 }: SimulatorOptions): Transport {
  const countFailure = createFailureCount();
  return async (request) => {
    request.signal.throwIfAborted();
    if (request.passThrough) throw notSimulated(request.passThrough);
    const requestId = `req_sim_${randomText(24)}`;
    const headers = commonHeaders(clock, requestId);
    try {
      return await respond({ request, requestId, headers, clock, paceMs, countFailure });
    } catch (thrown) {
      if (thrown instanceof ApiError) return errorResponse(thrown, headers, requestId);
      throw thrown;
    }
  };
}

function notSimulated(feature: PassThrough) {
  return notSupported(PASSED_FEATURES[feature].title, 'The built-in simulator');
}

async function respond(call: SimulatedCall): Promise<UpstreamResponse> {
  const { request, headers, clock } = call;
  const { pathname, searchParams } = new URL(`http://simulator.invalid${request.path}`);
  if (request.method === 'POST' && pathname === '/v1/messages') return respondToMessage(call);

  await beforeHead(headerDirectives(call), clock, request.signal);
  if (request.method === 'POST' && pathname === '/v1/messages/count_tokens') {
    const tokens = estimateInputTokens(readConversation(request.body.bytes));
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

async function respondToMessage(call: SimulatedCall): Promise<UpstreamResponse> {
  const { request, requestId, clock } = call;
  const message = readMessagesRequest(request.body.bytes);
  const turn = latestTurn(message);
  const { pairs, rest } = takeTextPairs(turn.text);
  const headerDirectivePairs = headerPairs(request);
  // The header is the same on every turn, so its tool would be called forever.
  if (turn.toolResult !== undefined)
    for (const name of ['tool', 'input']) delete headerDirectivePairs[name];
  const directives = withoutSpentFailure(
    readDirectives({ ...headerDirectivePairs, ...pairs }),
    call,
  );
  await beforeHead(directives, clock, request.signal);

  const stream = message.stream === true;
  const midError = directives['mid-error'];
  if (midError !== undefined && !stream) {
    const text = failureMessage(directives, midError);
    throw new ApiError(statusOfType(midError), text, { type: midError });
  }
  const composed = composeMessage(message, { ...turn, text: rest }, directives);
  const paceMs = directives.pace ?? call.paceMs;
  const play = { directives, clock, paceMs, signal: request.signal, requestId };
  const contentType = stream ? 'text/event-stream; charset=utf-8' : 'application/json';
  return {
    status: 200,
    headers: ['content-type', contentType, 'cache-control', 'no-cache', ...call.headers],
    body: stream ? playStream(composed, play) : playBuffered(composed, play),
    // Its tokens are invented, so they cost nothing.
    annotations: { usageSource: 'simulator' },
  };
}

/** Directives of endpoints that do not respond to a user text. */
function headerDirectives(call: SimulatedCall): Directives {
  return withoutSpentFailure(readDirectives(headerPairs(call.request)), call);
}

function headerPairs({ headers }: UpstreamRequest): Record<string, string> {
  return { ...readHeaderPairs(headerOf(headers, 'x-llmp-simulate') ?? '') };
}

/** Removes the failure once its `key` has failed `times` times. */
function withoutSpentFailure(directives: Directives, { countFailure }: SimulatedCall): Directives {
  const { key, times } = directives;
  if (key === undefined || times === undefined || countFailure(key, times)) return directives;
  return withoutError(directives);
}
