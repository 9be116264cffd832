// The address siblings reach this machine by, for containers, each of which has one of its own. Not
// the host name: a container's is twelve hex digits, and one that is all decimal is no host in a URL.

import type { networkInterfaces } from 'node:os';

/** The first address of another than the loopback interface, IPv4 if there is one. */
export function ownAddress(interfaces: ReturnType<typeof networkInterfaces>): string {
  const outer = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const chosen = outer.find(({ family }) => family === 'IPv4') ?? outer[0];
  // Without a network only processes of this machine can be siblings.
  return chosen?.address ?? '127.0.0.1';
}
