// The address of a client behind proxies.

import { isIP } from 'node:net';

/** Whose x-forwarded-for fastify trusts: addresses, or a number of hops; null trusts nobody. */
export function proxiesOf(trusted: readonly string[] | number | null) {
  if (trusted === null) return false;
  return typeof trusted === 'number'
    ? (_: string, position: number) => position < trusted
    : [...trusted];
}

/** An IPv6 client chooses the other half of its address itself, and may change it for every request. */
const HEXTETS_OF_NETWORK = 4;

/**
 * The network to which failures are attributed: an IPv4 address, or the /64 of an IPv6 address.
 * @param address as a connection or a proxy names it
 */
export function networkOf(address: string | undefined): string {
  if (address !== undefined && isIP(address) === 4) return address;
  const plain = withoutPort(address).replace(/%.*$/, '').toLowerCase();
  if (isIP(plain) !== 6) return plain;
  const mapped = /^(?:0*:)*:?(?:0+:)*ffff:([\d.]+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = plain.split('::', 2);
  const head = before.split(':').filter((hextet) => hextet !== '');
  const tail = after?.split(':').filter((hextet) => hextet !== '') ?? [];
  const zeros = Math.max(0, 8 - head.length - tail.length);
  const all = after === undefined ? head : [...head, ...Array<string>(zeros).fill('0'), ...tail];
  const network = all.slice(0, HEXTETS_OF_NETWORK).map((hextet) => hextet.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}

/** Some proxies append the client's port, which differs for each connection. */
export function withoutPort(address: string | undefined = ''): string {
  const parts = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(address);
  return parts?.[1] ?? parts?.[2] ?? address;
}
