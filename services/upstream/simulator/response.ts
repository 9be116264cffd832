// Response heads and small bodies. They carry the account and edge headers of a real upstream, so that
// tests can check that clients never see them.

import type { Clock } from '../../../shared/runtime/clock.ts';
import type { UpstreamResponse } from '../transport.ts';
import { type ApiError, errorEnvelope } from './api-error.ts';

const QUOTA_WINDOW_MS = 60_000;

/** Raw header pairs of every response. */
export function commonHeaders(clock: Clock, requestId: string): string[] {
  const reset = new Date(clock.now() + QUOTA_WINDOW_MS).toISOString();
  return Object.entries({
    'x-llmp-upstream': 'simulator',
    'request-id': requestId,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': reset,
    'anthropic-ratelimit-tokens-limit': '400000',
    'anthropic-ratelimit-tokens-remaining': '399000',
    'anthropic-ratelimit-tokens-reset': reset,
    'cf-ray': '0000000000000000-SIM',
    via: '1.1 simulator',
  }).flat();
}

/** A JSON response. @param headers raw pairs */
export function jsonResponse(
  status: number,
  headers: readonly string[],
  value: object,
): UpstreamResponse {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    headers: ['content-type', 'application/json', ...headers],
    body: (async function* () {
      yield bytes;
    })(),
  };
}

/** An error in Anthropic's envelope. */
export function errorResponse(
  simulatedError: ApiError,
  headers: readonly string[],
  requestId: string,
): UpstreamResponse {
  const envelope = errorEnvelope(simulatedError.type, simulatedError.message, requestId);
  return jsonResponse(simulatedError.status, [...headers, ...simulatedError.headers], envelope);
}
