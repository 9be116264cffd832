// Keeps big bodies in the process that has them and hands them out over HTTP against an unguessable
// claim check: a worker that does not need the body never moves it, and the broker never sees it.
// Plain HTTP between processes is several times cheaper than the broker for megabytes.

import { Agent, createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeldBody, type Body } from '../protocol/body.ts';
import type { Clock } from '../runtime/clock.ts';
import { listenError } from '../runtime/dependency-error.ts';
import { LlmpError } from '../errors.ts';
import { randomText } from '../runtime/ids.ts';
import type { ClaimCheck } from '../protocol/codec.ts';

export interface ClaimCheckStoreOptions {
  /** Address the other workers reach this process by; also the one it listens on. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly clock: Clock;
  /** How long a ticket is honoured when nobody releases it. */
  readonly claimCheckMs: number;
}

export class ClaimCheckStore implements AsyncDisposable {
  readonly #options: ClaimCheckStoreOptions;
  readonly #server: Server;
  readonly #bytesByToken = new Map<string, Uint8Array>();
  readonly #tokensByRequest = new Map<string, string[]>();

  private constructor(options: ClaimCheckStoreOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const bytes = this.#bytesByToken.get(request.url?.slice(1) ?? '');
      if (request.method !== 'GET' || !bytes) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
    });
  }

  static async start(options: ClaimCheckStoreOptions): Promise<ClaimCheckStore> {
    const holder = new ClaimCheckStore(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    holder.#server.once('error', reject).listen(options.port, options.host, resolve);
    await promise.catch((error: unknown) => {
      const settings = { host: 'LLMP_INTERNAL_HOST', port: 'LLMP_INTERNAL_PORT' };
      throw listenError(error, options, settings);
    });
    return holder;
  }

  /** Holds the body for the request and returns where it can be pulled; a ticket is passed on. */
  claim(requestId: string, body: Body): ClaimCheck {
    if (body instanceof ClaimedBody) return body.claimCheck;
    if (!(body instanceof HeldBody)) throw new TypeError('only held bodies can be claimed');
    const token = randomText(32);
    this.#bytesByToken.set(token, body.bytes);
    this.#tokensByRequest.set(requestId, [...(this.#tokensByRequest.get(requestId) ?? []), token]);
    this.#options.clock.after(this.#options.claimCheckMs, () => this.#bytesByToken.delete(token));
    const { port } = this.#server.address() as AddressInfo;
    const host = this.#options.host.includes(':') ? `[${this.#options.host}]` : this.#options.host;
    return { url: `http://${host}:${port}/${token}`, size: body.size };
  }

  release(requestId: string): void {
    for (const token of this.#tokensByRequest.get(requestId) ?? []) {
      this.#bytesByToken.delete(token);
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

/** A body held by another process; pulled once, then kept while the message is worked on. */
export class ClaimedBody implements Body {
  readonly claimCheck: ClaimCheck;
  #pulled: Promise<Uint8Array> | undefined;

  constructor(claimCheck: ClaimCheck) {
    this.claimCheck = claimCheck;
  }

  get size(): number {
    return this.claimCheck.size;
  }

  read(signal: AbortSignal): Promise<Uint8Array> {
    this.#pulled ??= pull(this.claimCheck, signal);
    return this.#pulled;
  }
}

/** Connections between workers are kept: a pull is then one round trip. */
const agent = new Agent({ keepAlive: true });

function pull({ url, size }: ClaimCheck, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const lost = (cause: unknown) => reject(new LlmpError('worker_lost', undefined, { cause }));
  const asked = get(url, { agent, signal }, (response) => {
    const bytes = Buffer.allocUnsafeSlow(response.statusCode === 200 ? size : 0);
    let filled = 0;
    response.on('data', (chunk: Buffer) => {
      if (filled + chunk.byteLength <= bytes.byteLength) chunk.copy(bytes, filled);
      filled += chunk.byteLength;
    });
    response.on('error', lost);
    response.on('end', () => {
      if (filled === size && response.statusCode === 200) resolve(bytes);
      else lost(new Error(`holder answered ${response.statusCode} with ${filled} bytes`));
    });
  });
  asked.on('error', lost);
  return promise;
}
