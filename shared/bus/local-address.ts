// Finds the address under which other clients of the broker reach this process: a container in
// several networks has one address in each.

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

/**
 * The local address of the route to `url`, such as `172.18.0.5`. Connecting a UDP socket selects the
 * route without sending anything.
 * @throws the system's error if the name is unknown or no route exists
 */
export async function localAddressFor(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const { address, family } = await lookup(hostname.replace(/^\[|\]$/g, ''));
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.connect(Number(port) || NATS_PORT, address, resolve);
  try {
    await promise;
    return socket.address().address;
  } finally {
    socket.close();
  }
}

/** The configured host; `auto` resolves to the local address on the route to the first server that has one. */
export async function internalHost(
  configured: string,
  servers: readonly string[],
): Promise<string> {
  if (configured !== 'auto') return configured;
  let reason: unknown;
  for (const server of servers) {
    try {
      return await localAddressFor(server);
    } catch (error) {
      // A server of a cluster may be gone, with its name.
      reason ??= error;
    }
  }
  throw reason;
}

/** The port does not affect the route. */
const NATS_PORT = 4222;
