// Wire formats of embedding endpoints. Ollama, vLLM and text-embeddings-inference use OpenAI's format;
// Voyage has its own field names and distinguishes questions from documents.

import * as z from 'zod';
import { EmbeddingError } from './embedding-error.ts';

export type Purpose = 'query' | 'document';
export type EmbeddingsKind = 'openai' | 'voyage';

export interface EmbeddingsRequest {
  readonly kind: EmbeddingsKind;
  readonly model: string;
  readonly dimensions?: number | undefined;
  readonly purpose: Purpose;
  readonly texts: readonly string[];
}

/** The JSON body of a request. */
export function embeddingsBody({ kind, model, dimensions, purpose, texts }: EmbeddingsRequest) {
  const common = { model, input: texts };
  return JSON.stringify(
    kind === 'voyage'
      ? { ...common, input_type: purpose, output_dimension: dimensions }
      : { ...common, encoding_format: 'float', dimensions },
  );
}

const responseSchema = z.looseObject({
  // `vectorOf` validates all numbers at once: one by one would block the event loop.
  data: z.array(
    z.looseObject({ index: z.int(), embedding: z.custom<readonly unknown[]>(Array.isArray) }),
  ),
});

/**
 * Vectors in the order of the texts, all of one length.
 * @throws EmbeddingError unless there is one usable vector for each of `count` texts
 */
export function readVectors(response: Buffer, count: number): Float32Array[] {
  const parsed = responseSchema.safeParse(jsonOf(response.toString('utf8')));
  if (!parsed.success) throw unusable('the embeddings endpoint sent no list of vectors');
  const { data } = parsed.data;
  const vectorByIndex = new Map(
    data.map(({ index, embedding }) => [index, vectorOf(embedding)] as const),
  );
  const vectors = Array.from({ length: count }, (_, index) => vectorByIndex.get(index));
  if (data.length !== count || !vectors.every((vector) => vector !== undefined)) {
    throw unusable(
      `the embeddings endpoint sent ${data.length} vectors for ${count} texts, or did not number them`,
    );
  }
  return vectors;
}

function vectorOf(embedding: readonly unknown[]): Float32Array {
  const vector = new Float32Array(embedding.length);
  for (const [index, value] of embedding.entries()) {
    // A number too large for 32 bits is stored as infinity.
    vector[index] = typeof value === 'number' ? value : Number.NaN;
  }
  if (vector.length === 0 || !vector.every(Number.isFinite)) {
    throw unusable('the embeddings endpoint sent a vector that is empty or not finite');
  }
  return vector;
}

/**
 * @param retryAfter the `retry-after` header
 * @param nowMs wall time
 */
export function statusError(
  status: number,
  retryAfter: string | undefined,
  nowMs: number,
): EmbeddingError {
  const isBusy = status === 408 || status === 429 || status >= 500;
  return new EmbeddingError(
    isBusy ? 'embedding_busy' : 'embedding_refused',
    `the embeddings endpoint responded with status ${status}`,
    { waitMs: isBusy ? waitMsOf(retryAfter, nowMs) : undefined },
  );
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
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
