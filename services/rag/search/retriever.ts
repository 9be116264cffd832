// Finds passages by words, and by meaning where there is an embedder. All rankings of all collections
// become one by their places. Before that stands a gate: nothing is given rather than what is off the
// topic, as a passage that does not help costs tokens and misleads.

import { allOrNone } from './all-or-none.ts';
import type { Embedder } from '../vectors/embeddings.ts';
import { fuseRanks } from './fusion.ts';
import type { SearchHit, PassageIndex, Retrieve } from '../passage-index/passage-index.ts';
import {
  QuestionVectors,
  type QuestionVector,
  type QuestionVectorsOptions,
} from '../vectors/question-vectors.ts';

/** Rankings are looked at deeper than is wanted, as fusion lifts what stands low in both. */
const DEPTH_FACTOR = 4;
const DEPTH_MIN = 20;

export interface RetrieverOptions extends Omit<QuestionVectorsOptions, 'embedder'> {
  readonly index: PassageIndex;
  /** Without, words alone are searched for. */
  readonly embedder?: Embedder | undefined;
}

/**
 * A passage passes the gate when it covers `coverageMin` of the question's weight, whichever search
 * found it; or when it is among the nearest and at least `closenessMin` near. A failure of the
 * embedder is told to `fault` and costs only what it would have found; one of the index fails the
 * whole, for the worker to decide about.
 */
export function createRetriever({ index, embedder, ...options }: RetrieverOptions): Retrieve {
  const vectors = embedder && new QuestionVectors({ embedder, ...options });

  return async (question, collections, limit, outer) => {
    if (question.trim() === '' || limit < 1) return [];
    const depth = Math.max(DEPTH_MIN, limit * DEPTH_FACTOR);
    let asked: Promise<QuestionVector | undefined> | undefined;
    const rankings = await allOrNone(
      outer,
      collections.flatMap(({ name, coverageMin }) => [
        async (signal: AbortSignal) => {
          const hits = await index.searchWords(name, question, depth, signal);
          return hits.filter(({ coverage }) => coverage >= coverageMin);
        },
        async (signal: AbortSignal) => {
          const near = await (asked ??= vectors?.of(question, signal));
          if (!near) return [];
          const { vector, cosineMin } = near;
          const hits = await index.searchVectors(name, { vector, question }, depth, signal);
          return hits.filter((hit) => hit.coverage >= coverageMin || hit.score >= cosineMin);
        },
      ]),
    );
    // Of equals, what comes from where more of the question's words are known is first.
    const ordered = rankings.toSorted((a, b) => bestCoverage(b) - bestCoverage(a));
    return fuseRanks(ordered, ({ passage }) => passage.text)
      .slice(0, limit)
      .map(({ passage }) => passage);
  };
}

function bestCoverage(hits: readonly SearchHit[]): number {
  return Math.max(0, ...hits.map(({ coverage }) => coverage));
}
