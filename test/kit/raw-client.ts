// A client without opinions: sends the header pairs and bytes it is given and reports the reply as it
// came, chunk by chunk. SDKs and fetch would reorder, merge, decode or retry.

import { request as httpRequest } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Raw header pairs. `host` is added, and `content-length` where there is a body not sent chunked. */
  readonly headers: readonly string[];
  readonly body?: Uint8Array;
}

export interface RawHead {
  readonly status: number;
  readonly rawHeaders: readonly string[];
}

export interface RawResponse extends RawHead {
  /** The body in the pieces in which it arrived, HTTP chunk by HTTP chunk. */
  readonly chunks: readonly Buffer[];
  readonly body: Buffer;
  /** `cut` when the connection closed before the body had ended. */
  readonly end: 'clean' | 'cut';
}

export interface RawExchange {
  /** Rejects when the connection fails before the head. */
  readonly head: Promise<RawHead>;
  /** The next piece of the body, or nothing after the last. */
  nextChunk(): Promise<Buffer | undefined>;
  /** The whole reply, once the connection is done with it, however it ended. */
  readonly reply: Promise<RawResponse>;
  /** Closes the connection, at any moment. */
  abort(): void;
}

/** Sends one request on a connection of its own and gives the reply when it has ended. */
export function sendRaw(baseUrl: string, request: RawRequest): Promise<RawResponse> {
  return startRaw(baseUrl, request).reply;
}

/** Begins one exchange on a connection of its own, for tests that look or leave in the middle. */
export function startRaw(baseUrl: string, request: RawRequest): RawExchange {
  const { hostname, port, host } = new URL(baseUrl);
  const head = Promise.withResolvers<RawHead>();
  const reply = Promise.withResolvers<RawResponse>();
  // A test may look at only one of the two; the other must not count as an unhandled rejection.
  head.promise.catch(() => {});
  reply.promise.catch(() => {});
  const chunks: Buffer[] = [];
  let readCount = 0;
  let ended = false;
  let topic = Promise.withResolvers<void>();
  const tell = (): void => {
    topic.resolve();
    topic = Promise.withResolvers<void>();
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
    reply.reject(error);
    tell();
  });
  outgoing.on('response', (incoming) => {
    const { statusCode: status = 0, rawHeaders } = incoming;
    head.resolve({ status, rawHeaders });
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      tell();
    });
    // A cut shows as an error here; `close` follows and `complete` tells the two ends apart.
    incoming.on('error', () => {});
    incoming.on('close', () => {
      ended = true;
      const end = incoming.complete ? 'clean' : 'cut';
      reply.resolve({ status, rawHeaders, chunks, body: Buffer.concat(chunks), end });
      tell();
    });
  });
  outgoing.end(request.body);

  return {
    head: head.promise,
    reply: reply.promise,
    async nextChunk() {
      while (readCount >= chunks.length && !ended) await topic.promise;
      return readCount < chunks.length ? chunks[readCount++] : undefined;
    },
    abort: () => void outgoing.destroy(),
  };
}

function lengthPair({ headers, body }: RawRequest): string[] {
  const chunked = headers.some((name, i) => i % 2 === 0 && /^transfer-encoding$/i.test(name));
  return body && !chunked ? ['Content-Length', String(body.byteLength)] : [];
}
