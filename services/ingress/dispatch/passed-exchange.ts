// How a request that goes to the upstream as it came differs from others: it may create something, which must
// not happen twice, and its response may be anything.

import type { PipelineLimits } from '../../../shared/limits.ts';
import type { Envelope, RequestMessage } from '../../../shared/protocol/messages.ts';
import { isIdempotent } from '../../../shared/protocol/pass-through.ts';
import { PartialResponse } from './partial-response.ts';

interface Dispatched {
  readonly message: Pick<RequestMessage, 'meta'>;
  readonly limits: PipelineLimits;
}

/** The limits for calls to upstreams. */
export function callLimitsOf({ limits, message }: Dispatched): PipelineLimits {
  const { passThrough, method } = message.meta;
  const isOnce = passThrough !== undefined && !isIdempotent(method);
  return isOnce ? { ...limits, upstreamAttemptsMax: 1 } : limits;
}

export function partialResponseOf({ limits, message: { meta } }: Dispatched): PartialResponse {
  if (meta.passThrough === undefined) return new PartialResponse(limits);
  return new PartialResponse(limits, ({ status }) => !mayNameResults(meta, status));
}

/** Whether a response may name the place of a batch's results, which is changed once it is complete. */
export function mayNameResults(
  { passThrough, method, path }: Pick<Envelope, 'passThrough' | 'method' | 'path'>,
  status: number,
): boolean {
  if (passThrough !== 'batches' || method === 'HEAD' || status === 204 || status === 304)
    return false;
  return !/^\/v1\/messages\/batches\/[^/?]+\/results(\?|$)/.test(path);
}
