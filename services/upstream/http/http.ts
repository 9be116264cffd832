// Calls the upstream over HTTP with raw header pairs and a streamed body. undici's timeouts are off,
// because they would count a slow client; the worker has its own deadlines.

import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { LlmpError } from '../../../shared/errors.ts';
import { proxiesFor, type ProxySettings } from '../../../shared/runtime/proxy.ts';
import { keepHeaders } from '../../../shared/runtime/raw-headers.ts';
import { decodedBody } from './content-encoding.ts';
import type { Transport } from '../transport.ts';

export interface HttpTransportOptions {
  /** Base URL; its path prefixes the request's path. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** Use HTTP/2 if the upstream offers it. */
  readonly http2?: boolean;
  /** CA of the upstream's certificate, PEM. */
  readonly ca?: string | undefined;
  /** IP version to use; absent allows both. */
  readonly family?: 4 | 6 | undefined;
  /** Proxies by scheme, and hosts that bypass them (`NO_PROXY`). */
  readonly proxy?: ProxySettings | undefined;
}

export function createHttpTransport(options: HttpTransportOptions): Transport & AsyncDisposable {
  const { origin, pathname } = new URL(options.url);
  const prefix = pathname.replace(/\/+$/, '');
  const agent = agentOf(options);

  const transport: Transport = async ({ method, path, headers, body, signal, calls }) => {
    body.dropParsed();
    if (calls) await calls.next();
    try {
      const response = await agent.request({
        origin,
        path: prefix + path,
        method,
        headers: keepHeaders(headers, (name) => name !== 'x-llmp-simulate'),
        body: method === 'GET' || method === 'HEAD' ? null : body.bytes,
        signal,
        responseHeaders: 'raw',
      });
      // Only successes cost something.
      if (response.statusCode >= 300) calls?.settled();
      const raw = rawPairs(response.headers);
      return {
        status: response.statusCode,
        headers: keepHeaders(raw, isOfUpstream),
        body: decodedBody(response.body, raw),
      };
    } catch (thrown) {
      if (wasNotSent(thrown)) calls?.settled();
      throw LlmpError.from(thrown, 'upstream_unreachable');
    }
  };
  return Object.assign(transport, { [Symbol.asyncDispose]: () => agent.destroy() });
}

function agentOf(options: HttpTransportOptions): Dispatcher {
  const { url, connectTimeoutMs, http2, ca, family, proxy = {} } = options;
  const connect = {
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(family === undefined ? {} : { family }),
  };
  const common = { headersTimeout: 0, bodyTimeout: 0, allowH2: http2 ?? false };
  const proxies = proxiesFor(url, proxy);
  return proxies
    ? new EnvHttpProxyAgent({ ...common, connect, requestTls: connect, ...proxies })
    : new Agent({ ...common, connect });
}

/** Failures of names, addresses and certificates: there was no connection that could carry the request. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|UND_ERR_CONNECT_TIMEOUT)$|CERT|SELF_SIGNED|^UNABLE_TO/;

function wasNotSent(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' && NOT_CONNECTED.test(code);
}

/** With `responseHeaders: 'raw'` undici returns a flat list; its types say a record. */
function rawPairs(headers: unknown): string[] {
  if (!Array.isArray(headers)) throw new TypeError('raw headers expected');
  return headers.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}

/** Only the gateway itself may send its headers. */
function isOfUpstream(name: string): boolean {
  return name !== 'age' && !name.startsWith('x-llmp-');
}
