// Embeds texts at an external endpoint in concurrent batches, with retries and a cache. Questions and
// documents have separate lanes, so a long document neither delays questions nor evicts their vectors.

import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { pause, withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import { addressOf } from '../../../shared/runtime/dependency-error.ts';
import type { EmbeddingsLimits } from '../../../shared/limits.ts';
import { LruCache } from '../../../shared/runtime/lru-cache.ts';
import { readAllBytes } from '../../../shared/runtime/bytes.ts';
import { proxiesFor, type ProxySettings } from '../../../shared/runtime/proxy.ts';
import { allOrAbort } from '../search/all-or-abort.ts';
import { batchesOf } from './batches.ts';
import { EmbeddingError } from './embedding-error.ts';
import {
  embeddingsBody,
  readVectors,
  statusError,
  type EmbeddingsKind,
  type Purpose,
} from './embedding-wire.ts';
import { Semaphore } from '../../../shared/runtime/semaphore.ts';

export interface Embedder {
  /** Vectors of different models must never be compared. */
  readonly model: string;
  /**
   * One vector per text, in order and of equal length. Texts are cut at `textCharactersMax`.
   * @throws EmbeddingError unless all texts were embedded; the signal's reason on abort
   */
  embed(texts: readonly string[], purpose: Purpose, signal: AbortSignal): Promise<Float32Array[]>;
}

export interface EmbedderOptions {
  /** Base URL without a trailing slash; `/embeddings` is appended. */
  readonly url: string;
  readonly key?: string | null;
  readonly model: string;
  readonly kind: EmbeddingsKind;
  /** Requested from the model; without it, all vectors must match the first one's length. */
  readonly dimensions?: number | null;
  readonly clock: Clock;
  readonly limits: EmbeddingsLimits;
  /** Proxies by scheme, and hosts that bypass them. */
  readonly proxy?: ProxySettings | null;
}

export function createEmbedder(options: EmbedderOptions): Embedder & AsyncDisposable {
  return new HttpEmbedder(options);
}

interface Lane {
  readonly semaphore: Semaphore;
  readonly cache: LruCache<Float32Array>;
}

class HttpEmbedder implements Embedder, AsyncDisposable {
  readonly model: string;
  readonly #options: EmbedderOptions;
  readonly #address: string;
  readonly #agent: Dispatcher;
  readonly #lanes: Readonly<Record<Purpose, Lane>>;
  #dimensions: number | undefined;

  constructor(options: EmbedderOptions) {
    const { requestsMax, vectorsCachedMax } = options.limits;
    const lane = (): Lane => ({
      semaphore: new Semaphore(requestsMax),
      cache: new LruCache(vectorsCachedMax),
    });
    this.model = options.model;
    this.#options = options;
    const { protocol } = new URL(options.url);
    this.#address = addressOf(options.url, protocol === 'https:' ? 443 : 80);
    this.#agent = agentOf(options);
    this.#lanes = { query: lane(), document: lane() };
    this.#dimensions = options.dimensions ?? undefined;
  }

  async embed(
    texts: readonly string[],
    purpose: Purpose,
    outer: AbortSignal,
  ): Promise<Float32Array[]> {
    const { limits } = this.#options;
    const { semaphore, cache } = this.#lanes[purpose];
    const inputs = texts.map((text) => truncated(text, limits.textCharactersMax));
    if (inputs.some((text) => text.trim() === '')) {
      throw new EmbeddingError('embedding_blank', 'a text without words has no vector');
    }
    const vectorByText = new Map(
      inputs.map((text) => [text, cache.get(LruCache.keyOf(text))] as const),
    );
    const missing = [...vectorByText.keys()].filter((text) => vectorByText.get(text) === undefined);
    const tasks = batchesOf(missing, limits).map((batch) => (signal: AbortSignal) => {
      return semaphore.run(signal, async () => {
        const vectors = await this.#embedBatch(batch, purpose, signal);
        for (const [index, text] of batch.entries()) {
          const vector = vectors[index];
          if (vector === undefined) continue;
          vectorByText.set(text, vector);
          cache.set(LruCache.keyOf(text), vector);
        }
      });
    });
    await allOrAbort(outer, tasks);
    // Copies, because callers may modify their vectors.
    return inputs.map((text) => Float32Array.from(vectorByText.get(text) ?? []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  /** Retries passing failures. */
  async #embedBatch(
    texts: readonly string[],
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const { clock, limits } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#request(texts, purpose, signal);
      } catch (error) {
        signal.throwIfAborted();
        const pauseMs = limits.pausesMs[failures];
        if (!(error instanceof EmbeddingError)) throw error;
        if (!error.isTransient || pauseMs === undefined) throw error.at(this.#address);
        const waitMs = error.waitMs ?? pauseMs;
        if (waitMs > limits.pauseMsMax) throw error.at(this.#address);
        await pause(clock, waitMs, signal);
        signal.throwIfAborted();
      }
    }
  }

  async #request(
    texts: readonly string[],
    purpose: Purpose,
    outer: AbortSignal,
  ): Promise<Float32Array[]> {
    const { clock, kind, dimensions, limits } = this.#options;
    const body = embeddingsBody({
      kind,
      model: this.model,
      dimensions: dimensions ?? undefined,
      purpose,
      texts,
    });
    let isLate = false;
    const response = await withDeadline(clock, limits.requestMs, outer, async (signal) => {
      try {
        return await this.#post(body, signal);
      } catch (error) {
        isLate = signal.aborted;
        throw error;
      }
    }).catch((cause: unknown) => {
      if (cause instanceof EmbeddingError) throw cause;
      const [code, message] = isLate
        ? (['embedding_late', 'the embeddings endpoint did not respond in time'] as const)
        : (['embedding_unreachable', 'the embeddings endpoint could not be reached'] as const);
      throw new EmbeddingError(code, message, { cause });
    });
    return this.#checked(readVectors(response, texts.length));
  }

  async #post(body: string, signal: AbortSignal): Promise<Buffer> {
    const { url, key, clock, limits } = this.#options;
    const { origin, pathname } = new URL(url);
    const response = await this.#agent.request({
      origin,
      path: `${pathname.replace(/\/+$/, '')}/embeddings`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(key ? { authorization: `Bearer ${key}` } : {}),
      },
      body,
      signal,
    });
    const bytes = await readAllBytes(response.body, limits.responseBytesMax, tooLarge);
    if (response.statusCode === 200) return bytes;
    const after = [response.headers['retry-after']].flat()[0];
    throw statusError(response.statusCode, after, clock.now());
  }

  /** A different length means that the endpoint's model has changed. */
  #checked(vectors: Float32Array[]): Float32Array[] {
    for (const { length } of vectors) {
      this.#dimensions ??= length;
      if (length === this.#dimensions) continue;
      throw new EmbeddingError(
        'embedding_unusable',
        `the embeddings endpoint sent a vector of ${length} numbers instead of ${this.#dimensions}`,
      );
    }
    return vectors;
  }
}

function agentOf({ url, proxy, limits }: EmbedderOptions): Dispatcher {
  const connect = { timeout: limits.connectMs };
  // `withDeadline` enforces the timeout on our own clock.
  const common = { headersTimeout: 0, bodyTimeout: 0, connect };
  const proxies = proxiesFor(url, proxy ?? {});
  return proxies
    ? new EnvHttpProxyAgent({ ...common, requestTls: connect, ...proxies })
    : new Agent(common);
}

/** Replaces half of a cut surrogate pair, which is not valid text. */
function truncated(text: string, charactersMax: number): string {
  return text.slice(0, charactersMax).toWellFormed();
}

function tooLarge(): EmbeddingError {
  return new EmbeddingError(
    'embedding_unusable',
    'the embeddings endpoint sent too large a response',
  );
}
