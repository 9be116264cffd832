// The upstream over HTTP: raw header pairs out, raw header pairs in, body as it flows. Deadlines
// are the worker's own; the client library's are switched off, as they would count a slow client.

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
  /** Base URL; a path in it is put before the request's own. */
  readonly url: string;
  readonly connectTimeoutMs: number;
  /** HTTP/2 where the upstream offers it. */
  readonly http2?: boolean;
  /** Authority of the upstream's certificate, PEM. */
  readonly ca?: string | undefined;
  /** 4 or 6, where only one of them leads there. */
  readonly family?: 4 | 6 | undefined;
  /** Proxies by scheme, and hosts that are reached without one (`NO_PROXY`). */
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
    try {
      const reply = await agent.request({
        origin,
        path: prefix + path,
        method,
        headers: [...headers],
        body: method === 'GET' ? null : body,
        signal,
        responseHeaders: 'raw',
      });
      const raw = rawPairs(reply.headers);
      return { status: reply.statusCode, headers: raw, body: decoded(reply.body, raw) };
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
  // An empty text keeps the agent from looking into the environment itself.
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

/** With `responseHeaders: 'raw'` undici gives the flat list, though its types say a record. */
function rawPairs(headers: unknown): string[] {
  if (!Array.isArray(headers)) throw new TypeError('raw headers expected');
  return headers.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}

/** We ask for identity; an upstream that compresses all the same is undone here. */
function decoded(body: Readable, headers: readonly string[]): AsyncIterable<Uint8Array> {
  const encoding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity') return body;
  const decoder = decoderOf(encoding);
  // An error on either side destroys both and reaches whoever iterates the decoder.
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
      throw new Error(`the upstream answered in the unknown encoding ${encoding}`);
  }
}
