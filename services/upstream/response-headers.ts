// Which of the upstream's response headers a client may see. The quota of our account is not the
// client's, the upstream's request id is not ours, and framing is made anew; all else passes,
// `retry-after` and `x-should-retry` included.

import { headerOf, hopByHop, keepHeaders } from '../../shared/runtime/raw-headers.ts';

const OURS_TO_SAY = new Set([
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

/** Quota headers come in families: requests, tokens, priority, fast and unified limits. */
const FAMILIES = ['anthropic-ratelimit-', 'anthropic-priority-', 'anthropic-fast-'];

/**
 * Raw pairs in, raw pairs out: order, case and repetition of what stays are kept. A 401 is about our
 * own credential, which no retry of the client's can mend: eleven of them are spared.
 */
export function responseHeaders(status: number, raw: readonly string[]): string[] {
  const ofConnection = hopByHop(raw);
  const kept = keepHeaders(
    raw,
    (name) =>
      !ofConnection(name) &&
      !OURS_TO_SAY.has(name) &&
      !FAMILIES.some((family) => name.startsWith(family)),
  );
  const advised = headerOf(kept, 'x-should-retry') !== undefined;
  return status === 401 && !advised ? [...kept, 'x-should-retry', 'false'] : kept;
}
