// The way to the configured upstream.

import type { Clock } from '../shared/clock.ts';
import type { Config } from './config.ts';
import { createHttpTransport } from './upstream/http.ts';
import { createSimulator } from './upstream/simulator.ts';
import type { Transport } from './upstream/transport.ts';

/** Connects when it is first used. */
export function openTransport(
  { upstream, limits }: Config,
  clock: Clock,
): Transport & AsyncDisposable {
  if (upstream.kind === 'simulator') {
    return Object.assign(createSimulator({ clock }), {
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }
  return createHttpTransport({ url: upstream.url, connectMs: limits.upstreamConnectMs });
}
