// REDIS_URL: one server, a cluster (`redis+cluster://h1:6379,h2:6379`) or the primary that sentinels know
// (`redis+sentinel://s1:26379,s2:26379/mymaster`). `rediss` in front of any of them means TLS.

import { hostPort } from './dependency-error.ts';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: 'server' | 'cluster' | 'sentinel';
  readonly tls: boolean;
  /** The server, some nodes of the cluster, or the sentinels. */
  readonly nodes: readonly RedisNode[];
  /** The login of the servers; sentinels have their own. */
  readonly username?: string;
  readonly password?: string;
  /** Database number; a cluster has only the first one. */
  readonly db: number;
  /** Name by which the sentinels know the primary. */
  readonly primary?: string;
}

const FORM =
  /^redis(s?)(\+cluster|\+sentinel)?:\/\/(?:([^/?#]*)@)?([^@/?#]+)((?:\/[^?#]*)?)(\?.*)?$/;
/** Of the primary in the configuration of sentinels. */
const PRIMARY = /^[\w.-]+$/;

/** `undefined` for any other text. Only the URL of one server may have a query. */
export function readRedisUrl(text: string): RedisAddress | undefined {
  const [, s, form, login = '', hosts = '', path = '', query] = FORM.exec(text) ?? [];
  const kind = form === undefined ? 'server' : form === '+cluster' ? 'cluster' : 'sentinel';
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'sentinel' ? 26_379 : 6379));
  if (!nodes.every((node) => node !== undefined)) return undefined;
  if (kind === 'server' ? nodes.length > 1 : query !== undefined) return undefined;
  const [username, password] = login.split(/:(.*)/s, 2).map(decoded);
  if ((login !== '' && username === undefined) || (login.includes(':') && password === undefined)) {
    return undefined;
  }
  const parts = path.split('/').slice(1);
  const primary = kind === 'sentinel' ? parts.shift() : undefined;
  if (kind === 'sentinel' && !PRIMARY.test(primary ?? '')) return undefined;
  const [db = '', ...rest] = parts;
  const isDatabase = kind === 'server' || (rest.length === 0 && /^\d{0,5}$/.test(db));
  if (!isDatabase || (kind === 'cluster' && Number(db) !== 0)) return undefined;
  return {
    kind,
    tls: s === 's',
    nodes,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    db: Number(db) || 0,
    ...(primary ? { primary } : {}),
  };
}

/** Adds the password to a URL with a user and no password; any other URL is unchanged. */
export function withRedisPassword(text: string, password: string): string {
  const address = readRedisUrl(text);
  const inQuery = /[?&]password=/.test(text);
  if (!address?.username || address.password !== undefined || inQuery) return text;
  return text.replace(
    /^([^@]*\/\/)([^@:]*):?@/,
    (_, scheme: string, user: string) => `${scheme}${user}:${encodeURIComponent(password)}@`,
  );
}

/** Host and port of each node, separated by commas; no credentials. */
export function redisAddresses(url: string): string {
  const nodes = readRedisUrl(url)?.nodes ?? [];
  return nodes.map(({ host, port }) => hostPort(host, port)).join(', ');
}

function nodeOf(text: string, defaultPort: number): RedisNode | undefined {
  const url = URL.parse(`redis://${text.trim()}`);
  if (!url?.hostname || url.pathname !== '') return undefined;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? defaultPort : Number(url.port) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
