// Threads that open a series of new data directories, each at the same instant, to reproduce concurrent
// process starts.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '../../shared/runtime/clock.ts';
import { openEmbeddedQueue } from '../../shared/queue/embedded.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { limits } from '../../shared/limits.ts';

interface Task {
  readonly directory: string;
  readonly rounds: number;
  readonly threads: number;
  readonly arrivals: Int32Array;
}

/** Creates `rounds` data directories below `directory`; resolves to one message per failure. */
export async function openAtOnce(task: Omit<Task, 'arrivals'>): Promise<string[]> {
  const arrivals = new Int32Array(new SharedArrayBuffer(4));
  const failures: string[] = [];
  const threads = Array.from({ length: task.threads }, () => {
    const thread = new Worker(fileURLToPath(import.meta.url), {
      workerData: { ...task, arrivals } satisfies Task,
    });
    thread.on('message', (failure: string) => failures.push(failure));
    return new Promise<void>((resolve, reject) => {
      thread.once('error', reject).once('exit', () => resolve());
    });
  });
  await Promise.all(threads);
  return failures;
}

async function openAll({ directory, rounds, threads, arrivals }: Task): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    Atomics.add(arrivals, 0, 1);
    // A spin wait: system wake-ups would come one after another.
    while (Atomics.load(arrivals, 0) < (round + 1) * threads);
    const failure = await openOnce(join(directory, `data-${round}`));
    if (failure) parentPort?.postMessage(failure);
  }
}

async function openOnce(directory: string): Promise<string | undefined> {
  const errors: unknown[] = [];
  try {
    await using store = openEmbeddedStore(directory, limits.store);
    await using queue = openEmbeddedQueue({
      directory,
      clock: systemClock,
      lockWaitMs: 2_000,
      limits: limits.queue,
      onError: (error) => errors.push(error),
    });
    await Promise.all([store.hasKeys(), queue.ready()]);
  } catch (error) {
    errors.push(error);
  }
  return errors.length === 0 ? undefined : errors.map(String).join('; ');
}

if (!isMainThread && workerData && 'arrivals' in workerData) await openAll(workerData as Task);
