// The queue in one file of the data directory, by Node's own SQLite. A job that was acknowledged is on
// the disk, its bytes with it, so that neither a crash nor a power cut loses it. Processes that share
// the directory share the work; they know nothing of each other but what stands in the file.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { limits as bounds } from '../limits.ts';
import { openDatabase } from '../store/embedded-database.ts';
import { transaction } from '../store/embedded-transaction.ts';
import { openEmbeddedContents } from './embedded-contents.ts';
import { JOBS_TABLE, openEmbeddedJobs } from './embedded-jobs.ts';
import { EmbeddedWorker, type WorkerTerms } from './embedded-worker.ts';
import type { Queue } from './queue.ts';

export interface EmbeddedQueueOptions {
  readonly directory: string;
  /** Its `now` is compared with what other processes wrote, so theirs must not be far from it. */
  readonly clock: Clock;
  readonly limits?: WorkerTerms & { readonly failedKept: number; readonly orphanBytesMs: number };
  /** Told of what goes wrong while no caller waits. */
  readonly onError: (error: unknown) => void;
}

/** Opens or creates `queue.db`; throws when the directory cannot be written. */
export function openEmbeddedQueue(options: EmbeddedQueueOptions): Queue {
  const { directory, clock, limits: terms = bounds.queue, onError } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openDatabase(join(directory, 'queue.db'), bounds.lockWaitMs);
  // What was done is overwritten with zeros: a document does not linger in free pages of the file.
  database.exec('PRAGMA secure_delete = ON');
  const contents = transaction(database, () => {
    database.exec(JOBS_TABLE);
    return openEmbeddedContents(database);
  });
  const orphaned = () => void contents.sweep(clock.now()).catch(onError);
  const jobs = openEmbeddedJobs(database, {
    ...terms,
    name: (content, nowMs) => contents.name(content, nowMs),
    orphaned,
  });
  orphaned();
  const workers = new Set<EmbeddedWorker>();
  const leaving = new Set<EmbeddedWorker>();
  const wakeAll = () => {
    for (const worker of workers) worker.wake();
  };

  return {
    async add(job) {
      const { id, bytes } = job;
      const there = jobs.status(id);
      if (there && there.state !== 'failed') return false;
      const content = bytes?.byteLength
        ? { token: randomUUID(), size: bytes.byteLength }
        : undefined;
      if (bytes && content) await contents.put(content, bytes, clock.now() + terms.orphanBytesMs);
      const added = jobs.add(job, clock.now(), content);
      // Another came before, while the bytes were written.
      if (!added && content) {
        contents.drop(content);
        orphaned();
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
        terms,
        clock,
        onError,
      });
      workers.add(worker);
      worker.wake();
      return {
        async drain(signal) {
          workers.delete(worker);
          leaving.add(worker);
          await worker.drain(signal);
          leaving.delete(worker);
          // What it left may be taken up here.
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
      for (const worker of [...workers, ...leaving]) worker.stop();
      workers.clear();
      if (database.isOpen) database.close();
    },
  };
}
