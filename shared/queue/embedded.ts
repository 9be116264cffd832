// The queue in one SQLite file of the data directory. An acknowledged job is on disk with its bytes, so
// neither a crash nor a power failure loses it. Processes with the same directory share the jobs.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import type { QueueLimits } from '../limits.ts';
import { openDatabase } from '../store/embedded-database.ts';
import { transaction } from '../store/embedded-transaction.ts';
import { openEmbeddedContents } from './embedded-contents.ts';
import { JOBS_TABLE, openEmbeddedJobs } from './embedded-jobs.ts';
import { EmbeddedWorker } from './embedded-worker.ts';
import type { Queue } from './queue.ts';

export interface EmbeddedQueueOptions {
  readonly directory: string;
  /** Leases are compared across processes, so their clocks must roughly agree. */
  readonly clock: Clock;
  readonly limits: QueueLimits;
  /** Reports errors that no caller sees. */
  readonly onError: (error: unknown) => void;
}

/** Opens or creates `queue.db`. @throws When the directory is not writable. */
export function openEmbeddedQueue(options: EmbeddedQueueOptions): Queue {
  const { directory, clock, limits, onError } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openDatabase(join(directory, 'queue.db'));
  // Deleted content is overwritten with zeros, so documents do not linger in free pages of the file.
  database.exec('PRAGMA secure_delete = ON');
  const contents = transaction(database, () => {
    database.exec(JOBS_TABLE);
    return openEmbeddedContents(database);
  });
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
      const existing = jobs.status(id);
      if (existing && existing.state !== 'failed') return false;
      const content = bytes?.byteLength
        ? { token: randomUUID(), size: bytes.byteLength }
        : undefined;
      if (bytes && content) await contents.put(content, bytes, clock.now() + limits.orphanBytesMs);
      const added = jobs.add(job, clock.now(), content);
      // Another process added the same id while the bytes were written.
      if (!added && content) {
        contents.release(content);
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
    async status(id) {
      return jobs.status(id);
    },
    async failed(limit) {
      return jobs.failed(limit);
    },
    async retry(id) {
      const found = jobs.retry(id, clock.now());
      if (found) wakeAll();
      return found;
    },
    async remove(id) {
      return jobs.remove(id, clock.now());
    },
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
