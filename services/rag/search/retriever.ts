// Searches by words and, with an embedder, by meaning, and fuses all rankings of all collections. A
// relevance gate comes first: off-topic passages cost tokens and mislead.

import { allOrAbort } from './all-or-abort.ts';
import type { Embedder } from '../vectors/embeddings.ts';
import { fuseRanks } from './fusion.ts';
import type { SearchHit, PassageIndex, Retrieve } from '../passage-index/passage-index.ts';
import {
  QuestionVectors,
  type QuestionVector,
  type QuestionVectorsOptions,
} from '../vectors/question-vectors.ts';

/** Searches deeper than the requested number, because fusion promotes items that rank low in both. */
const DEPTH_FACTOR = 4;
const DEPTH_MIN = 20;

export interface RetrieverOptions extends Omit<QuestionVectorsOptions, 'embedder'> {
  readonly index: PassageIndex;
  /** Without an embedder only words are searched. */
  readonly embedder?: Embedder | undefined;
}

/**
 * Keeps passages that cover `coverageMin` of the question's weight, or are `similarityMin` similar to it.
 * Embedder failures go to `onError` and leave only the word results; index failures reject.
 */
export function createRetriever({ index, embedder, ...options }: RetrieverOptions): Retrieve {
  const vectors = embedder && new QuestionVectors({ embedder, ...options });

  return async (question, collections, limit, outer) => {
    if (question.trim() === '' || limit < 1) return [];
    const depth = Math.max(DEPTH_MIN, limit * DEPTH_FACTOR);
    let embedded: Promise<QuestionVector | undefined> | undefined;
    const rankings = await allOrAbort(
      outer,
      collections.flatMap(({ name, coverageMin }) => [
        async (signal: AbortSignal) => {
          const hits = await index.searchWords(name, question, depth, signal);
          return hits.filter(({ coverage }) => coverage >= coverageMin);
        },
        async (signal: AbortSignal) => {
          const target = await (embedded ??= vectors?.of(question, signal));
          if (!target) return [];
          const { vector, cosineMin } = target;
          const hits = await index.searchVectors(name, { vector, question }, depth, signal);
          return hits.filter((hit) => hit.coverage >= coverageMin || hit.score >= cosineMin);
        },
      ]),
    );
    // Ties go to the collection that covers more of the question.
    const ordered = rankings.toSorted((a, b) => bestCoverage(b) - bestCoverage(a));
    return fuseRanks(ordered, ({ passage }) => passage.text)
      .slice(0, limit)
      .map(({ passage }) => passage);
  };
}

function bestCoverage(hits: readonly SearchHit[]): number {
  return Math.max(0, ...hits.map(({ coverage }) => coverage));
}
