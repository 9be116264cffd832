// Selects the upstream's response headers for clients: those that the Messages API documents and clients
// read. Any other could bind the client, send it elsewhere, or instruct a proxy in front of the gateway.

import { headerOf, hopByHop, keepHeaders } from '../../shared/runtime/raw-headers.ts';

/** The upstream's request id, dates and framing are replaced by those of the gateway. */
const KEPT = new Set([
  'age',
  'cache-control',
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
]);

/** Headers of the API, and those that the gateway itself has added. */
const KEPT_PREFIXES = ['anthropic-', 'x-llmp-'];

/** The account of the gateway and its quota are not the client's. */
const OF_OUR_ACCOUNT = [
  'anthropic-organization-id',
  'anthropic-ratelimit-',
  'anthropic-priority-',
  'anthropic-fast-',
];

/**
 * Takes and returns raw pairs, keeping order, case and repetition. A 401 concerns our credential, so
 * `x-should-retry: false` saves clients up to eleven useless retries.
 */
export function responseHeaders(status: number, raw: readonly string[]): string[] {
  const isHopByHop = hopByHop(raw);
  const kept = keepHeaders(
    raw,
    (name) =>
      (KEPT.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) &&
      !OF_OUR_ACCOUNT.some((prefix) => name.startsWith(prefix)) &&
      !isHopByHop(name),
  );
  const hasRetryAdvice = headerOf(kept, 'x-should-retry') !== undefined;
  return status === 401 && !hasRetryAdvice ? [...kept, 'x-should-retry', 'false'] : kept;
}
