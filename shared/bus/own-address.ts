// The address of this machine that a server sees, and with it every other client of that server: a
// container in several networks has one in each, and only that of the broker's network is right.

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

/**
 * The local end of the route to `url`, such as `172.18.0.5`. Sends nothing: connecting a UDP socket only
 * chooses the route. Rejects with the system's error when the name is unknown or no route leads there.
 */
export async function ownAddressTowards(url: string): Promise<string> {
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

/** The host that is configured; for `auto` the address that the first of the servers sees. */
export async function hostOf(configured: string, servers: readonly string[]): Promise<string> {
  return configured === 'auto' ? await ownAddressTowards(servers[0] ?? '') : configured;
}

/** Any port would do. */
const NATS_PORT = 4222;
