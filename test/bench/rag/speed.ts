// Indexing and search speed of an index with a given number of passages, one question at a time.

import type { PassageIndex } from '../../../services/rag/passage-index/passage-index.ts';
import { PASSAGES_EACH, passagesOf, questionsOf } from './synthetic.ts';

const QUESTIONS = 200;
/** Warm-up searches: files, caches, and vectors loaded into memory. */
const WARM_UP = 20;
/** Documents indexed concurrently. */
const CONCURRENCY = 4;
const LIMIT = 20;
const never = new AbortController().signal;

export interface Speed {
  readonly passages: number;
  readonly ingestedPerSecond: number;
  readonly wordsMs: number[];
  readonly vectorsMs: number[];
}

export async function measureSpeed(index: PassageIndex, passages: number): Promise<Speed> {
  const collection = `synthetic-${passages}`;
  const ingestMs = await ingest(index, collection, passages / PASSAGES_EACH);
  const questions = questionsOf(QUESTIONS + WARM_UP);
  const timed = async (search: (query: (typeof questions)[number]) => Promise<unknown>) => {
    const tookMs: number[] = [];
    for (const query of questions) {
      const startedMs = performance.now();
      await search(query);
      tookMs.push(performance.now() - startedMs);
    }
    return tookMs.slice(WARM_UP);
  };
  return {
    passages,
    ingestedPerSecond: passages / (ingestMs / 1_000),
    wordsMs: await timed(({ question }) => index.searchWords(collection, question, LIMIT, never)),
    vectorsMs: await timed((query) => index.searchVectors(collection, query, LIMIT, never)),
  };
}

/** Milliseconds spent in the index, without generating texts. */
async function ingest(index: PassageIndex, collection: string, documents: number): Promise<number> {
  let tookMs = 0;
  for (let start = 0; start < documents; start += CONCURRENCY) {
    const batch = Array.from({ length: Math.min(CONCURRENCY, documents - start) }, (_, at) => {
      const id = `document-${start + at}`;
      return {
        document: { collection, id, title: id, source: id, hash: id, revision: id },
        passages: passagesOf(start + at),
      };
    });
    const startedMs = performance.now();
    await Promise.all(batch.map(({ document, passages }) => index.replace(document, passages)));
    tookMs += performance.now() - startedMs;
  }
  return tookMs;
}
