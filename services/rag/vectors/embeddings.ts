// Makes vectors of texts at a foreign endpoint: in batches, a few at once, each tried again when the
// failure may pass, and remembered. Questions and documents have lanes of their own, so that a long
// document neither holds up a question nor pushes it out of what is remembered.

import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { pause, withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import { addressOf } from '../../../shared/runtime/dependency-error.ts';
import type { Limits } from '../../../shared/limits.ts';
import { LruCache } from '../../../shared/runtime/lru-cache.ts';
import { readAllBytes } from '../../../shared/runtime/bytes.ts';
import { allOrNone } from '../search/all-or-none.ts';
import { batchesOf } from './batches.ts';
import { EmbeddingError } from './embedding-error.ts';
import {
  embeddingsBody,
  readVectors,
  statusError,
  type EmbeddingsKind,
  type Purpose,
} from './embedding-wire.ts';
import { Turns } from './turns.ts';

export interface Embedder {
  /** Vectors of different models must never be compared. */
  readonly model: string;
  /**
   * A vector for each text, in their order and all of one length. Of a text longer than
   * `textCharactersMax` only the beginning is looked at.
   * @throws EmbeddingError when not all could be made; the signal's reason when that aborts
   */
  embed(texts: readonly string[], purpose: Purpose, signal: AbortSignal): Promise<Float32Array[]>;
}

export interface EmbedderOptions {
  /** Base URL without a slash at the end; `/embeddings` is added. */
  readonly url: string;
  readonly key?: string | null;
  readonly model: string;
  readonly kind: EmbeddingsKind;
  /** Asked of the model; without, all vectors must be as long as the first. */
  readonly dimensions?: number | null;
  readonly clock: Clock;
  readonly limits: Limits['embeddings'];
  /** Proxies by scheme, and hosts that are reached without one. */
  readonly proxy?: { readonly http?: string; readonly https?: string; readonly no?: string } | null;
}

export function createEmbedder(options: EmbedderOptions): Embedder & AsyncDisposable {
  return new HttpEmbedder(options);
}

interface Lane {
  readonly turns: Turns;
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
      turns: new Turns(requestsMax),
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
    const { turns, cache } = this.#lanes[purpose];
    const cut = texts.map((text) => cutTo(text, limits.textCharactersMax));
    if (cut.some((text) => text.trim() === '')) {
      throw new EmbeddingError('embedding_blank', 'a text without words has no vector');
    }
    const known = new Map(cut.map((text) => [text, cache.get(LruCache.keyOf(text))] as const));
    const unknown = [...known.keys()].filter((text) => known.get(text) === undefined);
    const works = batchesOf(unknown, limits).map((batch) => (signal: AbortSignal) => {
      return turns.take(signal, async () => {
        const vectors = await this.#ask(batch, purpose, signal);
        for (const [index, text] of batch.entries()) {
          const vector = vectors[index];
          if (vector === undefined) continue;
          known.set(text, vector);
          cache.set(LruCache.keyOf(text), vector);
        }
      });
    });
    await allOrNone(outer, works);
    // Copies: who is given a vector may write into it.
    return cut.map((text) => Float32Array.from(known.get(text) ?? []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }

  /** Tries again after failures that may pass. */
  async #ask(
    texts: readonly string[],
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const { clock, limits } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#askOnce(texts, purpose, signal);
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

  async #askOnce(
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
    const answer = await withDeadline(clock, limits.requestMs, outer, async (signal) => {
      try {
        return await this.#post(body, signal);
      } catch (error) {
        isLate = signal.aborted;
        throw error;
      }
    }).catch((cause: unknown) => {
      if (cause instanceof EmbeddingError) throw cause;
      const [code, message] = isLate
        ? (['embedding_late', 'the embeddings endpoint did not answer in time'] as const)
        : (['embedding_unreachable', 'the embeddings endpoint could not be reached'] as const);
      throw new EmbeddingError(code, message, { cause });
    });
    return this.#checked(readVectors(answer, texts.length));
  }

  async #post(body: string, signal: AbortSignal): Promise<Buffer> {
    const { url, key, clock, limits } = this.#options;
    const { origin, pathname } = new URL(url);
    const reply = await this.#agent.request({
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
    const answer = await readAllBytes(reply.body, limits.responseBytesMax, tooLarge);
    if (reply.statusCode === 200) return answer;
    const after = [reply.headers['retry-after']].flat()[0];
    throw statusError(reply.statusCode, after, clock.now());
  }

  /** Vectors of one model have one length; another one means that the model is not what it was. */
  #checked(vectors: Float32Array[]): Float32Array[] {
    for (const { length } of vectors) {
      this.#dimensions ??= length;
      if (length === this.#dimensions) continue;
      throw new EmbeddingError(
        'embedding_unusable',
        `the embeddings endpoint gave a vector of ${length} numbers in place of ${this.#dimensions}`,
      );
    }
    return vectors;
  }
}

function agentOf({ proxy, limits }: EmbedderOptions): Dispatcher {
  const connect = { timeout: limits.connectMs };
  // The deadline is our own clock's.
  const common = { headersTimeout: 0, bodyTimeout: 0, connect };
  if (!proxy?.http && !proxy?.https) return new Agent(common);
  // An empty text keeps the agent from looking into the environment itself.
  const { http: httpProxy = '', https: httpsProxy = '', no: noProxy = '' } = proxy;
  return new EnvHttpProxyAgent({ ...common, requestTls: connect, httpProxy, httpsProxy, noProxy });
}

/** The halves of a character that was cut in two would make no valid text. */
function cutTo(text: string, charactersMax: number): string {
  return text.slice(0, charactersMax).toWellFormed();
}

function tooLarge(): EmbeddingError {
  return new EmbeddingError('embedding_unusable', 'the embeddings endpoint answered too much');
}
