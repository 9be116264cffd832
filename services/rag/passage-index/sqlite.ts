// The embedded index: SQLite with FTS5 from Node, one file per collection in a directory that several
// processes may share. One thread writes and one searches, so neither waits for the other.

import { Worker } from 'node:worker_threads';
import { endsWithin, systemClock } from '../../../shared/runtime/clock.ts';
import { makeFolder } from '../../../shared/runtime/make-folder.ts';
import { PendingCalls } from '../../../shared/runtime/pending-calls.ts';
import type { PassageIndex } from './passage-index.ts';
import type { Call, CallResult, Operations } from './sqlite-thread.ts';
import { checkVector } from './stored-passage.ts';

/** How long a thread may finish its current operation when the process ends. */
const CLOSE_MS = 2_000;

/** Creates `directory` if it does not exist; throws if it cannot. */
export function openSqliteIndex(directory: string): PassageIndex {
  makeFolder(directory);
  const writer = new Thread(directory);
  const reader = new Thread(directory);
  return {
    place: `SQLite in ${directory}`,
    replace: (...args) => writer.call('replace', args),
    remove: (...args) => writer.call('remove', args),
    drop: (collection) => writer.call('drop', [collection]),
    document: (collection, documentId) => reader.call('document', [collection, documentId]),
    documents: (collection) => reader.call('documents', [collection]),
    passages: (collection, documentId) => reader.call('passages', [collection, documentId]),
    searchWords: (collection, question, limit, signal) =>
      reader.call('searchWords', [collection, question, limit], signal),
    async searchVectors(collection, { vector, question }, limit, signal) {
      checkVector(vector);
      return await reader.call('searchVectors', [collection, { vector, question }, limit], signal);
    },
    async ready() {
      return writer.isAlive && reader.isAlive;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([writer[Symbol.asyncDispose](), reader[Symbol.asyncDispose]()]);
    },
  };
}

/** A SQLite thread. It receives one call at a time, so aborted calls in the queue never start. */
class Thread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #calls = new PendingCalls();
  readonly #queue: Call[] = [];
  #isBusy = false;

  constructor(directory: string) {
    this.#worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
      workerData: { directory },
    });
    this.#worker.on('message', (message: CallResult) => {
      this.#isBusy = false;
      this.#calls.settle(message);
      this.#sendNext();
    });
    this.#worker.on('error', (error) => this.#calls.fail(error));
    this.#worker.on('exit', () => this.#calls.fail(new Error('the index is closed')));
  }

  get isAlive(): boolean {
    return !this.#calls.hasFailed;
  }

  /** Rejects as soon as `signal` aborts; a running operation finishes, and its result is dropped. */
  async call<Operation extends keyof Operations>(
    operation: Operation,
    args: Parameters<Operations[Operation]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<Operations[Operation]>> {
    signal?.throwIfAborted();
    const { id, result } = this.#calls.open<ReturnType<Operations[Operation]>>();
    const onAbort = () => this.#calls.settle({ id, error: signal?.reason });
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#queue.push({ id, operation, args });
    this.#sendNext();
    try {
      return await result;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Waits briefly for pending calls; an interrupted operation is rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.isAlive ? this.call('close', []).catch(() => undefined) : undefined;
    if (closed) await endsWithin(systemClock, CLOSE_MS, closed);
    await this.#worker.terminate();
  }

  #sendNext(): void {
    while (!this.#isBusy) {
      const call = this.#queue.shift();
      if (!call) return;
      if (!this.#calls.has(call.id)) continue;
      this.#isBusy = true;
      this.#worker.postMessage(call);
    }
  }
}
