import type { Clock } from '../../shared/runtime/clock.ts';
import type { Events } from '../../shared/events.ts';
import type { Config } from '../config/config.ts';
import type { UpstreamEntry } from '../config/upstreams.ts';
import { createCheckedTransport } from './http/checked-transport.ts';
import type { HttpTransportOptions } from './http/http.ts';
import { Endpoint } from './pool/endpoint.ts';
import { createPool } from './pool/pool.ts';
import { createSimulator } from './simulator/simulator.ts';
import type { Transport } from './transport.ts';

/** Connects on first use. The HTTP client is not loaded for the simulator. */
export async function openTransport(
  { upstream, proxy, limits }: Pick<Config, 'upstream' | 'proxy' | 'limits'>,
  clock: Clock,
  { upstreamHealth }: Pick<Events, 'upstreamHealth'>,
): Promise<Transport & AsyncDisposable> {
  const common = { connectTimeoutMs: limits.upstream.connectMs, proxy: proxy ?? undefined };
  if (upstream.kind === 'simulator') {
    return Object.assign(createSimulator({ clock }), {
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }
  const { createHttpTransport } = await import('./http/http.ts');
  switch (upstream.kind) {
    case 'http': {
      const http = createHttpTransport({ url: upstream.url, ...common });
      const checked = createCheckedTransport(http, {
        clock,
        limits: limits.upstream,
        holdsHead: false,
      });
      return Object.assign(checked, { [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() });
    }
    case 'pool': {
      const stack = new AsyncDisposableStack();
      const { upstreams, max_attempts: maxAttempts, fallbacks } = upstream.pool;
      const endpoints = upstreams.map((entry) => {
        const http = stack.use(createHttpTransport(httpOptions(entry, common)));
        const transport = createCheckedTransport(http, {
          clock,
          limits: limits.upstream,
          holdsHead: true,
        });
        return endpointOf(entry, transport, limits.upstream.headersTimeoutMs);
      });
      const pool = createPool({
        endpoints,
        maxAttempts,
        fallbacks,
        limits: limits.json,
        clock,
        random: Math.random,
        waitMsMax: limits.upstream.waitMs,
        health: (name, state) => upstreamHealth({ upstream: name, state }),
      });
      return Object.assign(pool, { [Symbol.asyncDispose]: () => stack.disposeAsync() });
    }
  }
}

/** Raw header pairs that authenticate the gateway; none for a pool, which adds those of its upstreams. */
export function credentialOf({ upstream }: Pick<Config, 'upstream'>): readonly string[] {
  if (upstream.kind !== 'http' || !upstream.credential) return [];
  return [upstream.credential.header, upstream.credential.value];
}

function httpOptions(
  {
    url,
    connect_timeout_ms: connectTimeoutMs,
    http2,
    proxy,
    ca,
    address_family: family,
  }: UpstreamEntry,
  common: Omit<HttpTransportOptions, 'url'>,
): HttpTransportOptions {
  return {
    ...common,
    url,
    http2,
    ca,
    family,
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(proxy === undefined ? {} : { proxy: { http: proxy, https: proxy } }),
  };
}

function endpointOf(
  entry: UpstreamEntry,
  transport: Transport,
  headersTimeoutMs: number,
): Endpoint {
  const {
    name,
    keys,
    auth,
    weight,
    models,
    aliases,
    headers,
    headers_timeout_ms: ownHeadersTimeoutMs,
  } = entry;
  const pairOf = (key: string) =>
    auth === 'bearer' ? ['authorization', `Bearer ${key}`] : ['x-api-key', key];
  return new Endpoint({
    name,
    transport,
    credentials: keys.length === 0 ? [[]] : keys.map(pairOf),
    weight,
    models,
    aliases,
    headers: Object.entries(headers).flat(),
    headersTimeoutMs: ownHeadersTimeoutMs ?? headersTimeoutMs,
  });
}
