// Port: one request to an Anthropic-compatible API. Implemented by the HTTP client, the pool and the
// simulator.

import type { Annotations } from '../../shared/annotations.ts';
import type { RequestBody } from '../../shared/protocol/body.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import type { CallPermits } from '../../shared/protocol/stage.ts';
import type { TokenCounts } from '../../shared/token-usage.ts';

/** Headers are raw pairs, to keep case, order and repetition. */
export interface UpstreamRequest {
  readonly method: Envelope['method'];
  /** Set where request and response pass as they are, whatever they hold. */
  readonly passThrough?: Envelope['passThrough'];
  /** Path and query as the client sent them. */
  readonly path: string;
  readonly headers: readonly string[];
  /** Its parsed form is dropped before a call that may take long. */
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  /** Every HTTP call needs one; absent for the calls of a stage that has confirmed its attempt. */
  readonly calls?: CallPermits;
  /** Called when the head has arrived; a transport may read on before it responds. */
  readonly onHead?: () => void;
}

/** What an upstream says went wrong, in a response of any status or as the first event of a stream. */
export interface UpstreamError {
  readonly type: string;
  readonly message: string;
  /** The HTTP status that some routers send as the error's code. */
  readonly status?: number;
}

/** What a body is by its first bytes, whatever its content type says. */
export type BodyKind = 'json' | 'events' | 'page' | 'text' | 'empty';

/** Headers are raw pairs. The body throws if it ends early; leaving its iteration aborts the call. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: AsyncIterable<Uint8Array>;
  /** For the choice of another upstream; absent where nothing was read ahead. */
  readonly bodyKind?: BodyKind;
  readonly error?: UpstreamError;
  /** Annotations for the request log. */
  readonly annotations?: Annotations;
  /** Overrides the usage in the body, for a response from the cache. */
  readonly usage?: TokenCounts;
}

/** Rejects with `upstream_unreachable` or `upstream_timeout`. */
export type Transport = (request: UpstreamRequest) => Promise<UpstreamResponse>;
