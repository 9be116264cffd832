// What is said to an endpoint for embeddings and what its answers mean. OpenAI's form is spoken by
// Ollama, vLLM and text-embeddings-inference, too; Voyage's has names of its own for the same things,
// and makes other vectors of questions than of documents.

import * as z from 'zod';
import { EmbeddingError } from './embedding-error.ts';

export type Purpose = 'query' | 'document';
export type EmbeddingsKind = 'openai' | 'voyage';

export interface EmbeddingsAsked {
  readonly kind: EmbeddingsKind;
  readonly model: string;
  readonly dimensions?: number | undefined;
  readonly purpose: Purpose;
  readonly texts: readonly string[];
}

/** The JSON body of a request. */
export function embeddingsBody({ kind, model, dimensions, purpose, texts }: EmbeddingsAsked) {
  const asked = { model, input: texts };
  return JSON.stringify(
    kind === 'voyage'
      ? { ...asked, input_type: purpose, output_dimension: dimensions }
      : { ...asked, encoding_format: 'float', dimensions },
  );
}

const answerShape = z.looseObject({
  // Numbers are looked at by `vectorOf`, all at once: one by one they would hold up the event loop.
  data: z.array(
    z.looseObject({ index: z.int(), embedding: z.custom<readonly unknown[]>(Array.isArray) }),
  ),
});

/**
 * The vectors of an answer in the order of the texts, all of one length.
 * @throws EmbeddingError unless there is one usable vector for each of `count` texts
 */
export function readVectors(answer: Buffer, count: number): Float32Array[] {
  const read = answerShape.safeParse(jsonOf(answer.toString('utf8')));
  if (!read.success) throw unusable('what the embeddings endpoint answered has no list of vectors');
  const { data } = read.data;
  const vectorByIndex = new Map(
    data.map(({ index, embedding }) => [index, vectorOf(embedding)] as const),
  );
  const vectors = Array.from({ length: count }, (_, index) => vectorByIndex.get(index));
  if (data.length !== count || !vectors.every((vector) => vector !== undefined)) {
    throw unusable(
      `the embeddings endpoint gave ${data.length} vectors for ${count} texts, or did not number them`,
    );
  }
  return vectors;
}

function vectorOf(embedding: readonly unknown[]): Float32Array {
  const vector = new Float32Array(embedding.length);
  for (const [index, value] of embedding.entries()) {
    // A number that is too large for 32 bits is infinite as soon as it is kept.
    vector[index] = typeof value === 'number' ? value : Number.NaN;
  }
  if (vector.length === 0 || !vector.every(Number.isFinite)) {
    throw unusable('the embeddings endpoint gave a vector that is empty or not of finite numbers');
  }
  return vector;
}

/** What a status other than 200 means. `retryAfter` is the header of that name; `nowMs` wall time. */
export function statusError(
  status: number,
  retryAfter: string | undefined,
  nowMs: number,
): EmbeddingError {
  const isBusy = status === 408 || status === 429 || status >= 500;
  return new EmbeddingError(
    isBusy ? 'embedding_busy' : 'embedding_refused',
    `the embeddings endpoint answered ${status}`,
    { waitMs: isBusy ? waitMsOf(retryAfter, nowMs) : undefined },
  );
}

/** In seconds or as a date (RFC 9110, 10.2.3). */
function waitMsOf(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function unusable(message: string): EmbeddingError {
  return new EmbeddingError('embedding_unusable', message);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
