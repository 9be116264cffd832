// The embedded store for programs: SQLite runs in a thread, so that no disk and no lock of another process
// stops the event loop. Calls of one turn of the event loop go to the thread together: waking it costs more
// than a call.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { StoreLimits } from '../limits.ts';
import { endsWithin, systemClock } from '../runtime/clock.ts';
import { dataDirectoryError } from '../runtime/dependency-error.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import { PendingCalls } from '../runtime/pending-calls.ts';
import type {
  Call,
  CallResult,
  Opened,
  Operations,
  Replaced,
  ThreadData,
  ThrownError,
} from './embedded-thread.ts';
import type { Store } from './store.ts';

/** Consecutive write conflicts after which an update fails. */
const CONFLICTS_MAX = 20;
/** How long the thread may finish its operations when the process ends. */
const CLOSE_MS = 2_000;

/** @throws `DependencyError` when a file is missing and cannot be created */
export async function openThreadedStore(directory: string, bounds: StoreLimits): Promise<Store> {
  try {
    // Here, as nothing ends a thread that waits for a disk.
    makeFolder(directory);
    const thread = new Thread({ directory, bounds });
    await thread.opened();
    return storeOf(thread);
  } catch (error) {
    throw dataDirectoryError(error, directory);
  }
}

function storeOf(thread: Thread): Store {
  const pass =
    <Name extends keyof Operations>(operation: Name) =>
    (...args: Parameters<Operations[Name]>) =>
      thread.call(operation, args);
  return {
    keyByHash: pass('keyByHash'),
    keyById: pass('keyById'),
    addKey: pass('addKey'),
    listKeys: pass('listKeys'),
    updateKey: (id, change, successor) =>
      replaceUntilDone(
        () => thread.call('keyById', [id]),
        change,
        (before, changed) => thread.call('replaceKey', [before, changed, successor]),
      ),
    hasKeys: pass('hasKeys'),
    teamLimits: pass('teamLimits'),
    setTeamLimits: pass('setTeamLimits'),
    changeTeamLimits: pass('changeTeamLimits'),
    limitedTeams: pass('limitedTeams'),
    reserve: pass('reserve'),
    settle: pass('settle'),
    renew: pass('renew'),
    listEntries: pass('listEntries'),
    usage: pass('usage'),
    cachedResponse: pass('cachedResponse'),
    saveResponse: pass('saveResponse'),
    collection: pass('collection'),
    listCollections: pass('listCollections'),
    putCollection: pass('putCollection'),
    touchCollection: pass('touchCollection'),
    deleteCollection: pass('deleteCollection'),
    document: pass('document'),
    listDocuments: pass('listDocuments'),
    putDocument: pass('putDocument'),
    updateDocument: (collection, id, change) =>
      replaceUntilDone(
        () => thread.call('document', [collection, id]),
        change,
        (before, changed) => thread.call('replaceDocument', [before, changed]),
      ),
    deleteDocument: pass('deleteDocument'),
    augmentations: pass('augmentations'),
    saveAugmentation: pass('saveAugmentation'),
    ready: pass('ready'),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

/** `change` runs here, as a function cannot be sent: the thread replaces only what it was called with. */
async function replaceUntilDone<Record>(
  read: () => Promise<Record | undefined>,
  change: (record: Record) => Record,
  replace: (before: Record, changed: Record) => Promise<Replaced>,
): Promise<Record | undefined> {
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
    const before = await read();
    if (before === undefined) return undefined;
    const changed = change(before);
    const outcome = await replace(before, changed);
    if (outcome !== 'conflict') return outcome === 'done' ? changed : undefined;
  }
  throw new Error('other processes kept changing the record at the same time');
}

class Thread implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #directory: string;
  readonly #calls = new PendingCalls();
  #unsent: Call[] = [];

  constructor(data: ThreadData) {
    this.#directory = data.directory;
    this.#worker = new Worker(new URL('./embedded-thread.ts', import.meta.url), {
      workerData: data,
    });
    this.#worker.on('error', (error) => this.#calls.fail(this.#explained(error)));
    this.#worker.on('exit', () => this.#calls.fail(new Error('the store is closed')));
  }

  /** Call it once, before any operation. */
  async opened(): Promise<void> {
    const [{ failed }] = (await once(this.#worker, 'message')) as [Opened];
    if (failed) {
      await this.#worker.terminate();
      throw errorOf(failed);
    }
    this.#worker.on('message', (results: readonly CallResult[]) => {
      for (const result of results) this.#settle(result);
    });
  }

  async call<Name extends keyof Operations>(
    operation: Name,
    args: Parameters<Operations[Name]>,
  ): Promise<Awaited<ReturnType<Operations[Name]>>> {
    const { id, result } = this.#calls.open<Awaited<ReturnType<Operations[Name]>>>();
    if (this.#unsent.push({ id, operation, args }) === 1) setImmediate(() => this.#send());
    return await result;
  }

  /** Waits briefly for pending operations. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#calls.hasFailed ? undefined : this.call('close', []);
    if (closed) await endsWithin(systemClock, CLOSE_MS, closed).catch(() => false);
    await this.#worker.terminate();
  }

  #send(): void {
    const calls = this.#unsent;
    this.#unsent = [];
    try {
      this.#worker.postMessage(calls);
    } catch {
      // One of them cannot be cloned.
      for (const call of calls) this.#sendOne(call);
    }
  }

  #sendOne(call: Call): void {
    try {
      this.#worker.postMessage([call]);
    } catch (error) {
      this.#calls.settle({ id: call.id, error });
    }
  }

  #settle(result: CallResult): void {
    this.#calls.settle(
      'error' in result ? { id: result.id, error: this.#explained(errorOf(result.error)) } : result,
    );
  }

  #explained(error: unknown): unknown {
    return dataDirectoryError(error, this.#directory);
  }
}

function errorOf({ name, message, stack, ...codes }: ThrownError): Error {
  return Object.assign(new Error(String(message)), { name, stack, ...codes });
}
