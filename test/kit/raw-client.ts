// Sends raw header pairs and bytes and returns the raw response, chunk by chunk. SDKs and fetch would
// reorder, merge, decode or retry.

import { request as httpRequest } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Raw header pairs. `host` is added, and `content-length` unless the body is chunked. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
}

export interface RawHead {
  readonly status: number;
  readonly rawHeaders: readonly string[];
}

export interface RawResponse extends RawHead {
  /** The body by HTTP chunk. */
  readonly chunks: readonly Buffer[];
  readonly body: Buffer;
  /** `cut` if the connection closed before the end of the body. */
  readonly end: 'clean' | 'cut';
}

export interface RawExchange {
  /** Rejects if the connection fails before the head. */
  readonly head: Promise<RawHead>;
  /** The next chunk of the body; `undefined` after the last. */
  nextChunk(): Promise<Buffer | undefined>;
  /** The complete response, however the connection ended. */
  readonly response: Promise<RawResponse>;
  /** Closes the connection. */
  abort(): void;
}

/** Sends one request on a new connection and returns the complete response. */
export function sendRaw(baseUrl: string, request: RawRequest): Promise<RawResponse> {
  return startRaw(baseUrl, request).response;
}

/** Starts one exchange on a new connection, for tests that act before it ends. */
export function startRaw(baseUrl: string, request: RawRequest): RawExchange {
  const { hostname, port, host } = new URL(baseUrl);
  const head = Promise.withResolvers<RawHead>();
  const response = Promise.withResolvers<RawResponse>();
  // A test may await only one of them; the other must not be an unhandled rejection.
  head.promise.catch(() => {});
  response.promise.catch(() => {});
  const chunks: Buffer[] = [];
  let readCount = 0;
  let ended = false;
  let changed = Promise.withResolvers<void>();
  const notify = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  const outgoing = httpRequest({
    hostname,
    port,
    method: request.method,
    path: request.path,
    headers: ['Host', host, ...request.headers, ...lengthPair(request)],
    agent: false,
  });
  outgoing.on('error', (error) => {
    ended = true;
    head.reject(error);
    response.reject(error);
    notify();
  });
  outgoing.on('response', (incoming) => {
    const { statusCode: status = 0, rawHeaders } = incoming;
    head.resolve({ status, rawHeaders });
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      notify();
    });
    // A cut emits an error; `close` follows, and `complete` distinguishes the two ends.
    incoming.on('error', () => {});
    incoming.on('close', () => {
      ended = true;
      const end = incoming.complete ? 'clean' : 'cut';
      response.resolve({ status, rawHeaders, chunks, body: Buffer.concat(chunks), end });
      notify();
    });
  });
  outgoing.end(request.body);

  return {
    head: head.promise,
    response: response.promise,
    async nextChunk() {
      while (readCount >= chunks.length && !ended) await changed.promise;
      return readCount < chunks.length ? chunks[readCount++] : undefined;
    },
    abort: () => void outgoing.destroy(),
  };
}

function lengthPair({ headers, body }: RawRequest): string[] {
  const chunked = headers.some((name, i) => i % 2 === 0 && /^transfer-encoding$/i.test(name));
  return body && !chunked ? ['Content-Length', String(body.byteLength)] : [];
}
