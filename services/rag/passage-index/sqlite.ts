// The embedded index: SQLite with FTS5 from Node, one file per collection in a directory that several
// processes may share. One thread writes and one searches, so neither waits for the other.

import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { endsWithin, systemClock } from '../../../shared/runtime/clock.ts';
import type { PassageIndex } from './passage-index.ts';
import type { Answer, Call, Steps } from './sqlite-thread.ts';
import { checkVector } from './stored-passage.ts';

/** How long a thread may finish its current step when the process ends. */
const PARTING_MS = 2_000;

/** Creates `directory` if it does not exist; throws if it cannot. */
export function openSqliteIndex(directory: string): PassageIndex {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const writer = new Thread(directory);
  const reader = new Thread(directory);
  return {
    place: `SQLite in ${directory}`,
    replace: (...words) => writer.call('replace', words),
    remove: (...words) => writer.call('remove', words),
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

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A SQLite thread. It receives one call at a time, so aborted calls in the queue never start. */
class Thread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waitingById = new Map<number, Waiting>();
  readonly #queue: Call[] = [];
  #calls = 0;
  #isBusy = false;
  #dead: Error | undefined;

  constructor(directory: string) {
    this.#worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
      workerData: { directory },
    });
    this.#worker.on('message', (answer: Answer) => {
      this.#isBusy = false;
      this.#settle(answer);
      this.#giveNext();
    });
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(new Error('the index is closed')));
  }

  get isAlive(): boolean {
    return this.#dead === undefined;
  }

  /** Rejects as soon as `signal` aborts; a running step finishes, and its result is dropped. */
  async call<Step extends keyof Steps>(
    step: Step,
    words: Parameters<Steps[Step]>,
    signal?: AbortSignal,
  ): Promise<ReturnType<Steps[Step]>> {
    signal?.throwIfAborted();
    if (this.#dead) throw this.#dead;
    const id = (this.#calls += 1);
    const answered = new Promise<ReturnType<Steps[Step]>>((resolve, reject) => {
      this.#waitingById.set(id, { resolve, reject });
    });
    const leave = () => this.#settle({ id, error: signal?.reason });
    signal?.addEventListener('abort', leave, { once: true });
    this.#queue.push({ id, step, words });
    this.#giveNext();
    try {
      return await answered;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** Waits briefly for pending calls; an interrupted step is rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.isAlive ? this.call('close', []).catch(() => undefined) : undefined;
    if (closed) await endsWithin(systemClock, PARTING_MS, closed);
    await this.#worker.terminate();
  }

  #giveNext(): void {
    while (!this.#isBusy) {
      const call = this.#queue.shift();
      if (!call) return;
      if (!this.#waitingById.has(call.id)) continue;
      this.#isBusy = true;
      this.#worker.postMessage(call);
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waitingById.get(answer.id);
    this.#waitingById.delete(answer.id);
    if ('error' in answer) waiting?.reject(answer.error);
    else waiting?.resolve(answer.result as never);
  }

  #die(error: unknown): void {
    this.#dead ??= error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waitingById.values()) reject(this.#dead);
    this.#waitingById.clear();
  }
}
