// Selects the upstream's response headers for clients. Our account's quota, the upstream's request id
// and framing are dropped; all else passes, including `retry-after` and `x-should-retry`.

import { headerOf, hopByHop, keepHeaders } from '../../shared/runtime/raw-headers.ts';

const DROPPED = new Set([
  'anthropic-organization-id',
  'alt-svc',
  'cf-ray',
  'cf-cache-status',
  'content-encoding',
  'content-length',
  'date',
  'nel',
  'report-to',
  'request-id',
  'server',
  'set-cookie',
  'strict-transport-security',
  'via',
  'x-envoy-upstream-service-time',
]);

/** Prefixes of quota headers. */
const DROPPED_PREFIXES = ['anthropic-ratelimit-', 'anthropic-priority-', 'anthropic-fast-'];

/**
 * Takes and returns raw pairs, keeping order, case and repetition. A 401 concerns our credential, so
 * `x-should-retry: false` saves clients up to eleven useless retries.
 */
export function responseHeaders(status: number, raw: readonly string[]): string[] {
  const isHopByHop = hopByHop(raw);
  const kept = keepHeaders(
    raw,
    (name) =>
      !isHopByHop(name) &&
      !DROPPED.has(name) &&
      !DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  const hasRetryAdvice = headerOf(kept, 'x-should-retry') !== undefined;
  return status === 401 && !hasRetryAdvice ? [...kept, 'x-should-retry', 'false'] : kept;
}
