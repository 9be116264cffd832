// Selects the upstream's response headers for clients: those that the Messages API documents and clients
// read. Any other could bind the client, send it elsewhere, or instruct a proxy in front of the gateway.

import type { UpstreamResponse } from '../transport.ts';
import { headerOf, hopByHop, pairsOf } from '../../../shared/runtime/raw-headers.ts';

/** The upstream's request id, dates and framing are replaced by those of the gateway. */
const KEPT = new Set([
  'age',
  'cache-control',
  'content-type',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
]);

/** Of content that passes as it came, such as a file. */
const OF_CONTENT = new Set([
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'last-modified',
]);

const OF_PLAIN_CONTENT = new Set([...OF_CONTENT, 'content-length']);
const NO_MORE: ReadonlySet<string> = new Set();

/** Headers of the API, and those that the gateway itself has added. */
const KEPT_PREFIXES = ['anthropic-', 'x-llmp-'];

/** Directives that keep a response out of caches: with any other, a proxy could show it to other clients. */
const FORBIDS_CACHING =
  /^[\s,]*((no-cache|no-store|no-transform|private|must-revalidate|proxy-revalidate|max-age=0|s-maxage=0)[\s,]*)+$/i;

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
export function responseHeaders(
  status: number,
  raw: readonly string[],
  more: ReadonlySet<string> = NO_MORE,
): string[] {
  const isHopByHop = hopByHop(raw);
  let hasType = false;
  const kept = Array.from(pairsOf(raw))
    .filter(([spelled, value]) => {
      const name = spelled.toLowerCase();
      // Without its type, or with two, a body could be read as something else.
      if (name === 'content-type') return !hasType && (hasType = true);
      if (name === 'cache-control' && !FORBIDS_CACHING.test(value)) return false;
      return (
        (KEPT.has(name) ||
          more.has(name) ||
          KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) &&
        !OF_OUR_ACCOUNT.some((prefix) => name.startsWith(prefix)) &&
        !isHopByHop(name)
      );
    })
    .flat();
  const hasRetryAdvice = headerOf(kept, 'x-should-retry') !== undefined;
  return status === 401 && !hasRetryAdvice ? [...kept, 'x-should-retry', 'false'] : kept;
}

/** The same with those of content; its length only if it was not decoded. */
export function passedHeaders({
  status,
  headers,
}: Pick<UpstreamResponse, 'status' | 'headers'>): string[] {
  const isDecoded = headerOf(headers, 'content-encoding') !== undefined;
  return responseHeaders(status, headers, isDecoded ? OF_CONTENT : OF_PLAIN_CONTENT);
}
