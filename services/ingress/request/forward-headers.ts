// Which of the client's headers go on. It is an open list, as betas and body fields travel in pairs
// that we do not know: everything passes but what belongs to this connection, to our own
// credentials, or to the client's place in the network.

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

/** By which proxies hand on who the client is, beside `x-forwarded-…`. */
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

/** Raw pairs in, raw pairs out, order and case kept. A header that quotes `secret` is dropped. */
export function forwardHeaders(raw: readonly string[], secret: string): string[] {
  const ofConnection = hopByHop(raw);
  const quoting = new Set<string>();
  for (const [name, value] of pairsOf(raw)) {
    if (value.includes(secret)) quoting.add(name.toLowerCase());
  }
  return keepHeaders(
    raw,
    (name) =>
      !NOT_FORWARDED.has(name) &&
      !CLIENT_ADDRESS.has(name) &&
      !name.startsWith('x-forwarded-') &&
      !ofConnection(name) &&
      !quoting.has(name),
  );
}
