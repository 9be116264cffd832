// The queue in one SQLite file of the data directory. An acknowledged job is on disk with its bytes, so
// neither a crash nor a power failure loses it. Processes with the same directory share the jobs.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import type { QueueLimits } from '../limits.ts';
import { openWithoutWaiting } from '../store/embedded-database.ts';
import { transaction, untilNotBusy } from '../store/embedded-transaction.ts';
import { CONTENT_TABLES, openEmbeddedContents } from './embedded-contents.ts';
import { JOBS_TABLE, openEmbeddedJobs } from './embedded-jobs.ts';
import { EmbeddedWorker } from './embedded-worker.ts';
import type { Queue } from './queue.ts';

export interface EmbeddedQueueOptions {
  readonly directory: string;
  /** Leases are compared across processes, so their clocks must roughly agree. */
  readonly clock: Clock;
  readonly limits: QueueLimits;
  /** How long an operation waits for locks of other processes; the event loop turns meanwhile. */
  readonly lockWaitMs: number;
  /** How long opening blocks this thread for such locks. */
  readonly openWaitMs?: number;
  /** Reports errors that no caller sees. */
  readonly onError: (error: unknown) => void;
}

/** Opens or creates `queue.db`. @throws When the directory is not writable. */
export function openEmbeddedQueue(options: EmbeddedQueueOptions): Queue {
  const { directory, clock, limits, lockWaitMs, openWaitMs = lockWaitMs, onError } = options;
  const busy = { clock, waitMs: lockWaitMs };
  makeFolder(directory);
  const database = openWithoutWaiting(join(directory, 'queue.db'), openWaitMs, (created) => {
    // Deleted content is overwritten with zeros, so documents do not linger in free pages of the file.
    created.exec('PRAGMA secure_delete = ON');
    transaction(created, () => created.exec(`${JOBS_TABLE} ${CONTENT_TABLES}`));
  });
  const contents = openEmbeddedContents(database, busy);
  const sweepOrphans = () => void contents.sweep(clock.now()).catch(onError);
  const jobs = openEmbeddedJobs(database, {
    ...limits,
    claimContent: (content, nowMs) => contents.claim(content, nowMs),
    onDelete: sweepOrphans,
  });
  sweepOrphans();
  const workers = new Set<EmbeddedWorker>();
  const draining = new Set<EmbeddedWorker>();
  const wakeAll = () => {
    for (const worker of workers) worker.wake();
  };

  return {
    async add(job) {
      const { id, bytes } = job;
      const existing = await untilNotBusy(() => jobs.status(id), busy);
      if (existing && existing.state !== 'failed') return false;
      const content = bytes?.byteLength
        ? { token: randomUUID(), size: bytes.byteLength }
        : undefined;
      if (bytes && content) await contents.put(content, bytes, clock.now() + limits.orphanBytesMs);
      const added = await untilNotBusy(() => jobs.add(job, clock.now(), content), busy);
      // Another process added the same id while the bytes were written.
      if (!added && content) {
        await contents.release(content);
        sweepOrphans();
      }
      if (added) wakeAll();
      return added;
    },
    work(handler, { concurrency }) {
      const worker = new EmbeddedWorker({
        jobs,
        contents,
        handler,
        concurrency,
        limits,
        clock,
        busy,
        onError,
      });
      workers.add(worker);
      worker.wake();
      return {
        async drain(signal) {
          workers.delete(worker);
          draining.add(worker);
          await worker.drain(signal);
          draining.delete(worker);
          // Another worker of this process may take the returned jobs.
          wakeAll();
        },
      };
    },
    status: (id) => untilNotBusy(() => jobs.status(id), busy),
    failed: (limit) => untilNotBusy(() => jobs.failed(limit), busy),
    async retry(id) {
      const found = await untilNotBusy(() => jobs.retry(id, clock.now()), busy);
      if (found) wakeAll();
      return found;
    },
    remove: (id) => untilNotBusy(() => jobs.remove(id, clock.now()), busy),
    async ready() {
      return database.isOpen;
    },
    async [Symbol.asyncDispose]() {
      for (const worker of [...workers, ...draining]) worker.stop();
      workers.clear();
      if (database.isOpen) database.close();
    },
  };
}
