// Chooses the proxy for a URL. undici matches the names in NO_PROXY; this matches the networks in it, which
// undici does not support.

import { BlockList, isIP } from 'node:net';

/** Proxies by scheme, and what is reached without them (`NO_PROXY`). */
export interface ProxySettings {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly no?: string | undefined;
}

/** Options of undici's `EnvHttpProxyAgent`; empty strings keep it from reading the environment. */
export interface AgentProxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** @returns `undefined` when the URL is reached without a proxy */
export function proxiesFor(
  url: string,
  { http, https, no = '' }: ProxySettings,
): AgentProxies | undefined {
  const { protocol, hostname } = new URL(url);
  // Without this, undici would reach https URLs through the proxy for http.
  const proxies =
    protocol === 'https:'
      ? { httpProxy: '', httpsProxy: https ?? '' }
      : { httpProxy: http ?? '', httpsProxy: '' };
  if (proxies.httpProxy === '' && proxies.httpsProxy === '') return undefined;
  return isInNetworks(hostname, no) ? undefined : { ...proxies, noProxy: no };
}

/** Entries of NO_PROXY that look like networks but are invalid. */
export function invalidNetworks(noProxy: string): string[] {
  return entriesOf(noProxy).filter(
    (entry) => /^[[\]\da-f.:]+\/\d+\]?$/i.test(entry) && networkOf(entry) === undefined,
  );
}

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Host names are not resolved, as in curl and Go. */
function isInNetworks(hostname: string, noProxy: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0) return false;
  const networks = new BlockList();
  for (const entry of entriesOf(noProxy)) {
    const network = networkOf(entry);
    if (network) networks.addSubnet(network.address, network.bits, network.family);
  }
  return networks.check(host, familyOf(host));
}

function entriesOf(noProxy: string): string[] {
  return noProxy.split(/[,\s]+/).filter((entry) => entry !== '');
}

/** Reads `10.0.0.0/8`, `fd00::/8` or `[fd00::]/8`. */
function networkOf(entry: string): Network | undefined {
  const [, address = '', digits = ''] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})\]?$/i.exec(entry) ?? [];
  if (isIP(address) === 0) return undefined;
  const family = familyOf(address);
  const bits = Number(digits);
  return bits <= (family === 'ipv4' ? 32 : 128) ? { address, bits, family } : undefined;
}

function familyOf(address: string): Network['family'] {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
