// Makes the vector of a question and says from which cosine on a passage is near to it. What fails is
// told and costs the question only what its vector would have found.

import { withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import type { Limits } from '../../../shared/limits.ts';
import { cosineAt, unrelatedCosine } from './closeness.ts';
import { EmbeddingError } from './embedding-error.ts';
import type { Embedder } from './embeddings.ts';

/**
 * Measured with MiniLM on Cranfield: near enough for 99.6 % of its questions and for none of 40 about
 * other things; with a crude model whose unrelated texts have a cosine of 0.56, for 88 % and 10 %.
 */
const CLOSENESS_MIN = 0.4;

export interface QuestionVector {
  readonly vector: Float32Array;
  /** A passage of at least this cosine is near. */
  readonly cosineMin: number;
}

export interface QuestionVectorsOptions {
  readonly embedder: Embedder;
  /** How near is near, as a share of the way from unrelated (0) to the same (1). */
  readonly closenessMin?: number;
  readonly clock: Clock;
  readonly limits: Pick<Limits['embeddings'], 'questionMs' | 'requestMs' | 'restMs'>;
  /** Told for each question that has no vector, though there is an embedder. */
  readonly onError: (error: unknown) => void;
}

export class QuestionVectors {
  readonly #options: QuestionVectorsOptions;
  #unrelated: Promise<number> | undefined;
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  constructor(options: QuestionVectorsOptions) {
    this.#options = options;
  }

  /** Undefined after a failure, and for a while from then on; rejects only when the signal aborts. */
  async of(question: string, outer: AbortSignal): Promise<QuestionVector | undefined> {
    const { embedder, closenessMin = CLOSENESS_MIN, clock, limits, onError } = this.#options;
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
        return vector && { vector, cosineMin: cosineAt(closenessMin, unrelated) };
      });
    } catch (cause) {
      outer.throwIfAborted();
      const error =
        cause instanceof EmbeddingError
          ? cause
          : new EmbeddingError('embedding_late', 'the question has no vector in time', { cause });
      this.#failure = { error, untilMs: clock.monotonic() + limits.restMs };
      onError(error);
      return undefined;
    }
  }

  /** Measured once; not within the time of one question, or a slow endpoint would never be done. */
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

/** Waits no longer than the signal allows; what is waited for goes on. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
