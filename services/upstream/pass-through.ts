// A request that goes through as it came, and its response: no cache, no policy, no usage, no rules.

import type { Outcome, UpstreamContext } from '../../shared/protocol/stage.ts';
import type { RequestMessage } from '../../shared/protocol/messages.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import { redirectError } from './response/redirect.ts';
import { passedHeaders } from './response/response-headers.ts';
import { DeadlineReader, type DeadlineReaderOptions } from './response/deadline-reader.ts';
import type { Transport } from './transport.ts';

export interface PassThroughOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: Pick<DeadlineReaderOptions, 'headersTimeoutMs' | 'idleMs' | 'endMs'>;
  /** Raw header pairs of the gateway's own credential. */
  readonly credential: readonly string[];
  /** Whether calls cost nothing, so that they need no permit. */
  readonly isFree?: boolean;
}

export async function passThrough(
  { transport, clock, limits, credential, isFree = false }: PassThroughOptions,
  { meta, body }: RequestMessage,
  { signal, calls: permits }: UpstreamContext,
): Promise<Outcome> {
  const calls = isFree ? undefined : permits;
  calls?.askAhead();
  const { method, path, passThrough: feature } = meta;
  const requestBody = await body.read(signal);
  const reader = new DeadlineReader({ clock, signal, ...limits });
  const startedMs = clock.monotonic();
  const headers = [...meta.headers, 'accept-encoding', 'identity', ...credential];
  await calls?.ready();
  const response = await reader.head((callSignal) =>
    transport({
      method,
      path,
      headers,
      body: requestBody,
      signal: callSignal,
      ...(feature === undefined ? {} : { passThrough: feature }),
      ...(calls ? { calls } : {}),
    }),
  );
  calls?.settled();
  const redirected = redirectError(response, { method, headers });
  if (redirected) {
    reader.abandon();
    throw redirected;
  }
  const upstreamMs = Math.round(clock.monotonic() - startedMs);
  const upstreamId = headerOf(response.headers, 'request-id');
  return {
    kind: 'respond',
    head: { status: response.status, headers: passedHeaders(response) },
    body: reader.chunks(response.body),
    annotations: () => ({
      upstreamMs,
      upstreamStatus: response.status,
      ...(upstreamId === undefined ? {} : { upstreamRequestId: upstreamId }),
      ...response.annotations,
    }),
  };
}
