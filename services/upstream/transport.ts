// How the upstream worker reaches an Anthropic-compatible API: one request in, head and body out.
// The HTTP client and the built-in simulator are the two implementations.

import type { Annotations } from '../../shared/annotations.ts';

/** A request with raw header pairs, so that case, order and repetition reach the wire. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query, as the client sent them. */
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/** Raw header pairs; the body ends early by throwing. Leaving the iteration aborts the exchange. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: AsyncIterable<Uint8Array>;
  /** For the request's log line. */
  readonly annotations?: Annotations;
}

/** Rejects with LlmpError `upstream_unreachable` or `upstream_timeout`. */
export type Transport = (request: UpstreamRequest) => Promise<UpstreamResponse>;
