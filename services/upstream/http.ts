// Calls the upstream over HTTP with raw header pairs and a streamed body. undici's timeouts are off,
// because they would count a slow client; the worker has its own deadlines.

import { pipeline, type Readable } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { Transport } from './transport.ts';

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
  readonly proxy?: ProxyOptions | undefined;
}

export interface ProxyOptions {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly no?: string | undefined;
}

export function createHttpTransport(options: HttpTransportOptions): Transport & AsyncDisposable {
  const { origin, pathname } = new URL(options.url);
  const prefix = pathname.replace(/\/+$/, '');
  const agent = agentOf(options);

  const transport: Transport = async ({ method, path, headers, body, signal }) => {
    body.dropParsed();
    try {
      const response = await agent.request({
        origin,
        path: prefix + path,
        method,
        headers: [...headers],
        body: method === 'GET' ? null : body.bytes,
        signal,
        responseHeaders: 'raw',
      });
      const raw = rawPairs(response.headers);
      return { status: response.statusCode, headers: raw, body: decoded(response.body, raw) };
    } catch (cause) {
      throw new LlmpError('upstream_unreachable', undefined, { cause });
    }
  };
  return Object.assign(transport, { [Symbol.asyncDispose]: () => agent.destroy() });
}

function agentOf({ connectTimeoutMs, http2, ca, family, proxy }: HttpTransportOptions): Dispatcher {
  const connect = {
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(family === undefined ? {} : { family }),
  };
  const common = { headersTimeout: 0, bodyTimeout: 0, allowH2: http2 ?? false };
  if (!proxy?.http && !proxy?.https) return new Agent({ ...common, connect });
  // Empty strings keep the agent from reading the environment.
  const { http: httpProxy = '', https: httpsProxy = '', no: noProxy = '' } = proxy;
  return new EnvHttpProxyAgent({
    ...common,
    connect,
    requestTls: connect,
    httpProxy,
    httpsProxy,
    noProxy,
  });
}

/** With `responseHeaders: 'raw'` undici returns a flat list; its types say a record. */
function rawPairs(headers: unknown): string[] {
  if (!Array.isArray(headers)) throw new TypeError('raw headers expected');
  return headers.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}

/** Decompresses responses of upstreams that ignore `accept-encoding: identity`. */
function decoded(body: Readable, headers: readonly string[]): AsyncIterable<Uint8Array> {
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  const decoder = decoderOf(encoding);
  // An error on either side destroys both and is thrown to the reader of the decoder.
  pipeline(body, decoder, () => {});
  return decoder;
}

function decoderOf(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      throw new Error(`the upstream responded with the unknown encoding ${encoding}`);
  }
}
