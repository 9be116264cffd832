// The gateway's own request headers, `x-llmp-cache` and `x-llmp-rag`, as options of the envelope.

import type { Envelope } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import type { Caller } from '../auth/auth.ts';

export type GatewayOptions = Pick<Envelope, 'cache' | 'rag'>;

/**
 * Combines what the key allows with what the client asks for.
 * @param rawHeaders raw pairs of the request
 * @throws `invalid_request` for an unknown value
 */
export function gatewayOptions(caller: Caller, rawHeaders: readonly string[]): GatewayOptions {
  return { ...cacheOption(caller, rawHeaders), ...ragOption(caller, rawHeaders) };
}

function cacheOption(
  { cacheMs }: Caller,
  rawHeaders: readonly string[],
): Pick<GatewayOptions, 'cache'> {
  if (cacheMs === undefined) return {};
  const wanted = headerOf(rawHeaders, 'x-llmp-cache')?.trim().toLowerCase() ?? 'use';
  const mode = (['use', 'refresh', 'bypass'] as const).find((known) => known === wanted);
  if (mode) return { cache: { ttlMs: cacheMs, mode } };
  throw new LlmpError('invalid_request', 'x-llmp-cache: must be refresh or bypass');
}

function ragOption(
  { collections }: Caller,
  rawHeaders: readonly string[],
): Pick<GatewayOptions, 'rag'> {
  if (!collections || collections.length === 0) return {};
  const wanted = headerOf(rawHeaders, 'x-llmp-rag')?.trim().toLowerCase() ?? 'on';
  if (wanted === 'on' || wanted === 'off') {
    return { rag: { collections: [...collections], search: wanted === 'on' } };
  }
  throw new LlmpError('invalid_request', 'x-llmp-rag: must be on or off');
}
