// The SQLite thread: `node:sqlite` blocks, and a blocked event loop would miss heartbeats. Handles calls
// one at a time.

import { parentPort, workerData } from 'node:worker_threads';
import { CollectionFiles } from './sqlite-files.ts';
import { searchVectors, searchWords } from './sqlite-search.ts';
import { VectorCache } from './sqlite-vectors.ts';
import { documentOf, documentsOf, passagesOf } from './sqlite-read.ts';
import { drop, remove, replace } from './sqlite-write.ts';

type Rest<Run> = Run extends (files: CollectionFiles, ...rest: infer Words) => unknown
  ? Words
  : never;

const files = new CollectionFiles((workerData as { directory: string }).directory);
const collectionSets = new VectorCache();

const steps = {
  replace: (...words: Rest<typeof replace>) => replace(files, ...words),
  remove: (...words: Rest<typeof remove>) => remove(files, ...words),
  drop: (...words: Rest<typeof drop>) => drop(files, ...words),
  document: (...words: Rest<typeof documentOf>) => documentOf(files, ...words),
  documents: (...words: Rest<typeof documentsOf>) => documentsOf(files, ...words),
  passages: (...words: Rest<typeof passagesOf>) => passagesOf(files, ...words),
  searchWords: (...words: Rest<typeof searchWords>) => searchWords(files, ...words),
  searchVectors: (
    collection: string,
    query: { readonly vector: Float32Array; readonly question: string },
    limit: number,
  ) => searchVectors(files, collectionSets, collection, query, limit),
  close: () => files[Symbol.dispose](),
};

export type Steps = typeof steps;

export interface Call {
  readonly id: number;
  readonly step: keyof Steps;
  readonly words: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown };

parentPort?.on('message', ({ id, step, words }: Call) => {
  try {
    const result = (steps[step] as (...words: readonly unknown[]) => unknown)(...words);
    parentPort?.postMessage({ id, result } satisfies Answer);
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies Answer);
  }
});
