// The thread of the embedded store: `node:sqlite` blocks, on disks as on locks, and the event loop of a
// gateway must not.

import { isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { StoreLimits } from '../limits.ts';
import type { DocumentRecord } from '../retrieval/collections.ts';
import { openEmbeddedStore } from './embedded.ts';
import type { KeyRecord } from './store.ts';

export interface ThreadData {
  readonly directory: string;
  readonly bounds: StoreLimits;
}

export interface Call {
  readonly id: number;
  readonly operation: keyof Operations;
  readonly args: readonly unknown[];
}

/** A thrown error as plain data, as cloning drops the codes of an error. */
export type ThrownError = Readonly<Record<string, string | number>>;

export type CallResult =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ThrownError };

/** `conflict`: the record is no longer `before`, and nothing was changed. */
export type Replaced = 'done' | 'conflict' | 'missing';

/** Sent once, before any result; absent when the store is open. */
export interface Opened {
  readonly failed?: ThrownError;
}

class ConflictError extends Error {}

async function replaced(update: Promise<object | undefined>): Promise<Replaced> {
  try {
    return (await update) ? 'done' : 'missing';
  } catch (error) {
    if (error instanceof ConflictError) return 'conflict';
    throw error;
  }
}

function expecting<Record>(before: Record, changed: Record): (found: Record) => Record {
  return (found) => {
    if (!isDeepStrictEqual(found, before)) throw new ConflictError();
    return changed;
  };
}

function openOperations({ directory, bounds }: ThreadData) {
  const store = openEmbeddedStore(directory, bounds);
  return {
    ...store,
    replaceKey: (before: KeyRecord, changed: KeyRecord, successor?: KeyRecord) =>
      replaced(store.updateKey(before.id, expecting(before, changed), successor)),
    replaceDocument: (before: DocumentRecord, changed: DocumentRecord) =>
      replaced(store.updateDocument(before.collection, before.id, expecting(before, changed))),
    close: () => store[Symbol.asyncDispose](),
  };
}

export type Operations = Omit<ReturnType<typeof openOperations>, symbol>;

function thrown(error: unknown): ThrownError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack = '' } = error;
  const codes = Object.entries(error).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return { ...Object.fromEntries(codes), name, message, stack };
}

function serve(operations: Operations): void {
  const run = operations as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const resultOf = async ({ id, operation, args }: Call): Promise<CallResult> => {
    try {
      return { id, result: await run[operation]?.(...args) };
    } catch (error) {
      return { id, error: thrown(error) };
    }
  };
  let results: CallResult[] = [];
  const send = () => {
    if (results.length > 0) parentPort?.postMessage(results);
    results = [];
  };
  parentPort?.on('message', (calls: readonly Call[]) => {
    for (const call of calls) {
      void resultOf(call).then((result) => {
        if (results.push(result) === 1) setImmediate(send);
      });
    }
    // Runs after the transactions that these calls have begun.
    setImmediate(send);
  });
}

try {
  serve(openOperations(workerData as ThreadData));
  parentPort?.postMessage({} satisfies Opened);
} catch (error) {
  parentPort?.postMessage({ failed: thrown(error) } satisfies Opened);
}
