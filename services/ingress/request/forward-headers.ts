// Selects the client headers to forward. Unknown headers pass, because betas pair unknown headers
// with body fields. Hop-by-hop headers, credentials and the client's address do not.

import { hopByHop, keepHeaders, pairsOf } from '../../../shared/runtime/raw-headers.ts';

const NOT_FORWARDED = new Set([
  'accept-encoding',
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'host',
  'x-api-key',
  'x-llmp-cache',
  'x-llmp-rag',
]);

/** Headers in which proxies pass the client address, besides `x-forwarded-…`. */
const CLIENT_ADDRESS = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-original-forwarded-for',
  'x-real-ip',
]);

/**
 * @param raw raw header pairs; their order and case are kept
 * @param secret the client's key; headers that contain it are dropped
 */
export function forwardHeaders(raw: readonly string[], secret: string): string[] {
  const isHopByHop = hopByHop(raw);
  const leaking = new Set<string>();
  for (const [name, value] of pairsOf(raw)) {
    if (value.includes(secret)) leaking.add(name.toLowerCase());
  }
  return keepHeaders(
    raw,
    (name) =>
      !NOT_FORWARDED.has(name) &&
      !CLIENT_ADDRESS.has(name) &&
      !name.startsWith('x-forwarded-') &&
      !isHopByHop(name) &&
      !leaking.has(name),
  );
}
