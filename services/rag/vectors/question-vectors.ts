// Embeds a question and sets the cosine threshold for near passages. Failures are reported and cost only
// the vector results.

import { withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import type { EmbeddingsLimits } from '../../../shared/limits.ts';
import { cosineAt, unrelatedCosine } from './cosine-similarity.ts';
import { EmbeddingError } from './embedding-error.ts';
import type { Embedder } from './embeddings.ts';

/**
 * Measured with MiniLM on Cranfield: accepts passages for 99.6 % of its questions and for none of 40
 * unrelated ones; with a crude model (0.56 for unrelated texts), for 88 % and 10 %.
 */
const SIMILARITY_MIN = 0.4;

export interface QuestionVector {
  readonly vector: Float32Array;
  /** Passages with at least this cosine are near. */
  readonly cosineMin: number;
}

export interface QuestionVectorsOptions {
  readonly embedder: Embedder;
  /** Threshold as a share of the way from unrelated (0) to identical (1). */
  readonly similarityMin?: number;
  readonly clock: Clock;
  readonly limits: Pick<EmbeddingsLimits, 'questionMs' | 'requestMs' | 'restMs'>;
  /** Called for each question that could not be embedded. */
  readonly onError: (error: unknown) => void;
}

export class QuestionVectors {
  readonly #options: QuestionVectorsOptions;
  #unrelated: Promise<number> | undefined;
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  constructor(options: QuestionVectorsOptions) {
    this.#options = options;
  }

  /** `undefined` after a failure and for `restMs` afterwards; rejects only on abort. */
  async of(question: string, outer: AbortSignal): Promise<QuestionVector | undefined> {
    const { embedder, similarityMin = SIMILARITY_MIN, clock, limits, onError } = this.#options;
    if (this.#failure && clock.monotonic() < this.#failure.untilMs) {
      onError(this.#failure.error);
      return undefined;
    }
    try {
      return await withDeadline(clock, limits.questionMs, outer, async (signal) => {
        const [[vector], unrelated] = await Promise.all([
          embedder.embed([question], 'query', signal),
          unlessAborted(this.#scale(), signal),
        ]);
        return vector && { vector, cosineMin: cosineAt(similarityMin, unrelated) };
      });
    } catch (cause) {
      outer.throwIfAborted();
      const error =
        cause instanceof EmbeddingError
          ? cause
          : new EmbeddingError('embedding_late', 'the question was not embedded in time', {
              cause,
            });
      this.#failure = { error, untilMs: clock.monotonic() + limits.restMs };
      onError(error);
      return undefined;
    }
  }

  /** Measured once, outside the question's deadline so that a slow endpoint can finish. */
  #scale(): Promise<number> {
    const { embedder, clock, limits } = this.#options;
    this.#unrelated ??= withDeadline(
      clock,
      limits.requestMs,
      new AbortController().signal,
      (signal) => unrelatedCosine(embedder, signal),
    ).catch((error: unknown) => {
      this.#unrelated = undefined;
      throw error;
    });
    return this.#unrelated;
  }
}

/** Stops waiting on abort; the work continues. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
