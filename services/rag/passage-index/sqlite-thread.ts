// The SQLite thread: `node:sqlite` blocks, and a blocked event loop would miss heartbeats. Handles calls
// one at a time.

import { parentPort, workerData } from 'node:worker_threads';
import { CollectionFiles } from './sqlite-files.ts';
import { searchVectors, searchWords } from './sqlite-search.ts';
import { VectorCache } from './sqlite-vectors.ts';
import { documentOf, documentsOf, passagesOf } from './sqlite-read.ts';
import { drop, remove, replace } from './sqlite-write.ts';

type ArgsOf<Run> = Run extends (files: CollectionFiles, ...rest: infer Args) => unknown
  ? Args
  : never;

const files = new CollectionFiles((workerData as { directory: string }).directory);
const vectors = new VectorCache();

const operations = {
  replace: (...args: ArgsOf<typeof replace>) => replace(files, ...args),
  remove: (...args: ArgsOf<typeof remove>) => remove(files, ...args),
  drop: (...args: ArgsOf<typeof drop>) => drop(files, ...args),
  document: (...args: ArgsOf<typeof documentOf>) => documentOf(files, ...args),
  documents: (...args: ArgsOf<typeof documentsOf>) => documentsOf(files, ...args),
  passages: (...args: ArgsOf<typeof passagesOf>) => passagesOf(files, ...args),
  searchWords: (...args: ArgsOf<typeof searchWords>) => searchWords(files, ...args),
  searchVectors: (
    collection: string,
    query: { readonly vector: Float32Array; readonly question: string },
    limit: number,
  ) => searchVectors(files, vectors, collection, query, limit),
  close: () => files[Symbol.dispose](),
};

export type Operations = typeof operations;

export interface Call {
  readonly id: number;
  readonly operation: keyof Operations;
  readonly args: readonly unknown[];
}

export type CallResult =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown };

parentPort?.on('message', ({ id, operation, args }: Call) => {
  try {
    const result = (operations[operation] as (...args: readonly unknown[]) => unknown)(...args);
    parentPort?.postMessage({ id, result } satisfies CallResult);
  } catch (error) {
    parentPort?.postMessage({ id, error } satisfies CallResult);
  }
});
