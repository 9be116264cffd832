// Caches responses by request and key. Identical concurrent requests share one call. If the store fails,
// every request goes to the upstream.

import type { CachedResponse, ResponseCacheStore } from '../../../shared/store/response-cache.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
import { NO_TOKENS } from '../../../shared/token-usage.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { ResponseTransform } from '../../../shared/anthropic/sse/response-transform.ts';
import type { UpstreamResponse } from '../transport.ts';
import { cacheKey } from './cache-key.ts';
import { eventsOf } from './message-events.ts';
import { ResponseRecorder } from './response-recorder.ts';

export interface ResponseCacheOptions {
  /** Opens the store; first called on the first lookup. */
  readonly store: () => Promise<ResponseCacheStore>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'cache' | 'json'>;
  /** Version of the scrubber's rules, which affect responses. */
  readonly rulesVersion: string;
  readonly onError: (error: unknown) => void;
}

export interface CacheRequest {
  readonly meta: Envelope;
  readonly body: RequestBody;
  /** Name and version of the policy. */
  readonly policy: string;
  readonly signal: AbortSignal;
}

export interface CacheableResponse extends UpstreamResponse {
  /** Records the response for the cache; each of its events must pass this. */
  readonly recorder?: ResponseTransform;
}

/** One upstream call and the requests that wait for its result. */
interface SingleFlight {
  readonly result: Promise<CachedResponse | undefined>;
  waiters: number;
  /** Resolves `result`; later calls have no effect. */
  readonly complete: (response: CachedResponse | undefined) => void;
}

export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  readonly #flights = new Map<string, SingleFlight>();

  constructor(options: ResponseCacheOptions) {
    this.#options = options;
  }

  /** Returns the cached response, or that of `call`, and caches it if possible. */
  async readThrough(
    request: CacheRequest,
    call: () => Promise<UpstreamResponse>,
  ): Promise<CacheableResponse> {
    const { meta, body, policy, signal } = request;
    if (!meta.cache) return await call();
    const { mode, ttlMs } = meta.cache;
    const versions = [policy, this.#options.rulesVersion];
    const key =
      mode === 'bypass'
        ? undefined
        : cacheKey({ meta, body, versions, limits: this.#options.limits.json });
    if (key === undefined) return withCacheStatus(await call(), 'bypass');
    const flight = mode === 'use' ? await this.#join(key, request) : this.#lead(key);
    if ('message' in flight) return this.#replay(flight, meta.stream);
    signal.addEventListener('abort', () => flight.complete(undefined), { once: true });
    const cached = mode === 'use' ? await this.#lookup(key) : undefined;
    if (cached) {
      flight.complete(cached);
      return this.#replay(cached, meta.stream);
    }
    return withCacheStatus(await this.#fetch(key, ttlMs, flight, call), 'miss');
  }

  /**
   * Waits for a call in progress and returns its response, or leads a new call. A request waits at most
   * once, because the next call may take as long.
   */
  async #join(key: string, { body, signal }: CacheRequest): Promise<CachedResponse | SingleFlight> {
    const flight = this.#flights.get(key);
    if (!flight || flight.waiters >= this.#options.limits.cache.waitersMax) return this.#lead(key);
    flight.waiters += 1;
    body.dropParsed();
    return (await orAborted(flight.result, signal)) ?? this.#lead(key);
  }

  /** Starts a call that others can join, unless one is in progress. */
  #lead(key: string): SingleFlight {
    const { promise: result, resolve } = Promise.withResolvers<CachedResponse | undefined>();
    const flight: SingleFlight = {
      result,
      waiters: 0,
      complete: (response) => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
        resolve(response);
      },
    };
    if (!this.#flights.has(key)) this.#flights.set(key, flight);
    return flight;
  }

  async #lookup(key: string): Promise<CachedResponse | undefined> {
    const { store, clock, onError } = this.#options;
    try {
      return await (await store()).cachedResponse(key, clock.now());
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  async #fetch(
    key: string,
    ttlMs: number,
    flight: SingleFlight,
    call: () => Promise<UpstreamResponse>,
  ): Promise<CacheableResponse> {
    try {
      const response = await call();
      // A fallback model's response must not be cached for the requested model.
      if (response.status === 200 && response.annotations?.['fallbackModel'] === undefined) {
        const complete = (message: string | undefined) =>
          flight.complete(message === undefined ? undefined : this.#save(key, message, ttlMs));
        const { entryBytesMax: bytesMax } = this.#options.limits.cache;
        return { ...response, recorder: new ResponseRecorder({ bytesMax, complete }) };
      }
      flight.complete(undefined);
      return response;
    } catch (error) {
      flight.complete(undefined);
      throw error;
    }
  }

  #save(key: string, message: string, ttlMs: number): CachedResponse {
    const { store, clock, onError } = this.#options;
    const response = { storedAtMs: clock.now(), message };
    store()
      .then((opened) => opened.saveResponse(key, response, ttlMs))
      .catch(onError);
    return response;
  }

  #replay({ storedAtMs, message }: CachedResponse, isStream: boolean): UpstreamResponse {
    const ageSeconds = Math.max(0, Math.floor((this.#options.clock.now() - storedAtMs) / 1_000));
    const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
    return {
      status: 200,
      headers: ['content-type', type, 'x-llmp-cache', 'hit', 'age', String(ageSeconds)],
      body: isStream ? chunksOf(eventsOf(message)) : chunksOf([message]),
      annotations: { cache: 'hit' },
      usage: NO_TOKENS,
    };
  }
}

function withCacheStatus(
  response: CacheableResponse,
  status: 'miss' | 'bypass',
): CacheableResponse {
  return {
    ...response,
    headers: replaceHeaders(response.headers, ['x-llmp-cache', status]),
    annotations: { ...response.annotations, cache: status },
  };
}

async function* chunksOf(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Rejects with the signal's reason if it aborts first. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
