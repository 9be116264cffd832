// Claim checks for large bodies: they stay in their process, and workers that need one fetch it by an
// unguessable URL, encrypted. For megabytes, HTTP is several times cheaper than the broker.

import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { RequestBody, type Body } from '../protocol/body.ts';
import type { Clock } from '../runtime/clock.ts';
import { listenError } from '../runtime/dependency-error.ts';
import { LlmpError } from '../errors.ts';
import { randomText } from '../runtime/ids.ts';
import type { ClaimCheck } from '../protocol/codec.ts';
import { BodyOpener, newBodyKey, sealedChunks, sealedSize } from './sealed-body.ts';

export interface ClaimCheckStoreOptions {
  /** Address to listen on, which other workers must be able to reach. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly clock: Clock;
  /** Lifetime of a claim check that is not released. */
  readonly claimCheckMs: number;
}

interface Held {
  readonly bytes: Uint8Array;
  readonly key: string;
}

export class ClaimCheckStore implements AsyncDisposable {
  readonly #options: ClaimCheckStoreOptions;
  readonly #server: Server;
  readonly #heldByToken = new Map<string, Held>();
  readonly #tokensByRequest = new Map<string, string[]>();

  private constructor(options: ClaimCheckStoreOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const held = this.#heldByToken.get(request.url?.slice(1) ?? '');
      if (request.method !== 'GET' || !held) {
        response.writeHead(404).end();
        return;
      }
      const { bytes, key } = held;
      response.writeHead(200, { 'content-length': sealedSize(bytes.byteLength) });
      // A worker that leaves early has closed the connection, and needs nothing more.
      pipeline(Readable.from(sealedChunks(bytes, key), ONE_CHUNK), response, () => {});
    });
  }

  static async start(options: ClaimCheckStoreOptions): Promise<ClaimCheckStore> {
    const store = new ClaimCheckStore(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    store.#server.once('error', reject).listen(options.port, options.host, resolve);
    await promise.catch((error: unknown) => {
      const settings = { host: 'LLMP_INTERNAL_HOST', port: 'LLMP_INTERNAL_PORT' };
      throw listenError(error, options, settings);
    });
    return store;
  }

  /** Stores the body until the request is released; forwards the claim check of a claimed body. */
  claim(requestId: string, body: Body): ClaimCheck {
    if (body instanceof ClaimedBody) return body.claimCheck;
    if (!(body instanceof RequestBody)) throw new TypeError('only held bodies can be claimed');
    const token = randomText(32);
    const key = newBodyKey();
    this.#heldByToken.set(token, { bytes: body.bytes, key });
    this.#tokensByRequest.set(requestId, [...(this.#tokensByRequest.get(requestId) ?? []), token]);
    this.#options.clock.after(this.#options.claimCheckMs, () => this.#heldByToken.delete(token));
    const { port } = this.#server.address() as AddressInfo;
    const host = this.#options.host.includes(':') ? `[${this.#options.host}]` : this.#options.host;
    return { url: `http://${host}:${port}/${token}`, size: body.size, key };
  }

  release(requestId: string): void {
    for (const token of this.#tokensByRequest.get(requestId) ?? []) {
      this.#heldByToken.delete(token);
    }
    this.#tokensByRequest.delete(requestId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

/** A body held by another process, fetched once on first use. */
export class ClaimedBody implements Body {
  readonly claimCheck: ClaimCheck;
  #body: Promise<RequestBody> | undefined;

  constructor(claimCheck: ClaimCheck) {
    this.claimCheck = claimCheck;
  }

  get size(): number {
    return this.claimCheck.size;
  }

  read(signal: AbortSignal): Promise<RequestBody> {
    this.#body ??= redeem(this.claimCheck, signal).then((bytes) => new RequestBody(bytes));
    return this.#body;
  }

  dropParsed(): void {
    void this.#body?.then(
      (body) => body.dropParsed(),
      () => {},
    );
  }
}

/** Keep-alive makes a fetch one round trip. */
const agent = new Agent({ keepAlive: true });

/** No more than one encrypted chunk waits for a slow connection. */
const ONE_CHUNK = { objectMode: true, highWaterMark: 1 };

function redeem({ url, size, key }: ClaimCheck, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const fail = (cause: unknown) => reject(new LlmpError('body_unreachable', undefined, { cause }));
  const request = get(url, { agent, signal }, (response) => {
    if (response.statusCode !== 200) {
      response.resume();
      return fail(new Error(`claim check returned status ${response.statusCode}`));
    }
    const opener = new BodyOpener(size, key);
    response.on('data', (chunk: Buffer) => opener.push(chunk));
    response.on('error', fail);
    response.on('end', () => {
      try {
        resolve(opener.end());
      } catch (error) {
        fail(error);
      }
    });
  });
  request.on('error', fail);
  return promise;
}
