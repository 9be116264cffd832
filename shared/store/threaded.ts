// The embedded store for programs: SQLite runs in a thread, so that no disk and no lock of another process
// stops the event loop.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { StoreLimits } from '../limits.ts';
import { endsWithin, systemClock } from '../runtime/clock.ts';
import { dataDirectoryError } from '../runtime/dependency-error.ts';
import { mapErrors } from '../runtime/map-errors.ts';
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
    const thread = new Thread({ directory, bounds });
    await thread.opened();
    return mapErrors(storeOf(thread), (error) => dataDirectoryError(error, directory));
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
  readonly #calls = new PendingCalls();

  constructor(data: ThreadData) {
    this.#worker = new Worker(new URL('./embedded-thread.ts', import.meta.url), {
      workerData: data,
    });
    this.#worker.on('error', (error) => this.#calls.fail(error));
    this.#worker.on('exit', () => this.#calls.fail(new Error('the store is closed')));
  }

  /** Call it once, before any operation. */
  async opened(): Promise<void> {
    const [{ failed }] = (await once(this.#worker, 'message')) as [Opened];
    if (failed) {
      await this.#worker.terminate();
      throw errorOf(failed);
    }
    this.#worker.on('message', (message: CallResult) => {
      this.#calls.settle(
        'error' in message ? { id: message.id, error: errorOf(message.error) } : message,
      );
    });
  }

  async call<Name extends keyof Operations>(
    operation: Name,
    args: Parameters<Operations[Name]>,
  ): Promise<Awaited<ReturnType<Operations[Name]>>> {
    const { id, result } = this.#calls.open<Awaited<ReturnType<Operations[Name]>>>();
    this.#worker.postMessage({ id, operation, args } satisfies Call);
    return await result;
  }

  /** Waits briefly for pending operations. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#calls.hasFailed ? undefined : this.call('close', []);
    if (closed) await endsWithin(systemClock, CLOSE_MS, closed).catch(() => false);
    await this.#worker.terminate();
  }
}

function errorOf({ name, message, stack, ...codes }: ThrownError): Error {
  return Object.assign(new Error(String(message)), { name, stack, ...codes });
}
