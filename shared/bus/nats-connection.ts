// How the bus and its heartbeat thread connect to the broker.

import { connect, type NatsConnection } from '@nats-io/transport-node';

export interface NatsConnectionOptions {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts. A `tls://` URL without them trusts the system's certificate authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Connection name in the broker's monitoring, such as `llmp scrubber`. */
  readonly name: string;
}

export interface ConnectOptions {
  readonly connectMs: number;
  readonly inboxPrefix: string;
  /** Whether to wait for a broker that cannot be reached yet, instead of rejecting. */
  readonly waitOnFirstConnect: boolean;
}

/** Between two attempts at a server: several must fit into the time until requests fail with `bus_down`. */
const RECONNECT_MS = 50;
const RECONNECT_JITTER_MS = 50;

/** With and without TLS: the client's own jitter for TLS is a second. */
export function reconnectDelayMs(): number {
  return RECONNECT_MS + Math.floor(Math.random() * RECONNECT_JITTER_MS);
}

/** Reconnects for as long as it takes. */
export async function connectNats(
  options: NatsConnectionOptions,
  { connectMs, inboxPrefix, waitOnFirstConnect }: ConnectOptions,
): Promise<NatsConnection> {
  // The client ignores the URL scheme and would connect in plain text without this option.
  const tls = options.tls ?? (options.servers.some((url) => url.startsWith('tls:')) ? {} : null);
  return await connect({
    servers: [...options.servers],
    name: options.name,
    timeout: connectMs,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: reconnectDelayMs,
    waitOnFirstConnect,
    // Async traces create two Errors per request.
    noAsyncTraces: true,
    inboxPrefix,
    ...(tls ? { tls } : {}),
    ...(options.user === undefined ? {} : { user: options.user, pass: options.password ?? '' }),
  });
}
