// The gateway's end of a scrub thread. A thread that crashes, or runs out of memory, fails its own request
// and no other.

import { Worker } from 'node:worker_threads';
import type { ScrubThreadLimits } from '../../../shared/limits.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Job, JobResult, ThreadData } from './job.ts';

export interface ThreadOptions {
  readonly data: ThreadData;
  readonly clock: Clock;
  readonly limits: Pick<ScrubThreadLimits, 'heapMegabytesMax' | 'cancelMs'>;
}

export class ScrubThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #exited = Promise.withResolvers<void>();
  #job: PromiseWithResolvers<JobResult> | undefined;
  #failure: unknown;
  #isAlive = true;
  /** Resolves when the last job has left the thread, or the thread has ended. */
  free: Promise<void> = Promise.resolve();

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./scrub-thread.ts', import.meta.url), {
      name: 'scrub',
      workerData: options.data,
      resourceLimits: { maxOldGenerationSizeMb: options.limits.heapMegabytesMax },
    });
    this.#worker.unref();
    this.#worker.on('message', (result: JobResult) => this.#job?.resolve(result));
    this.#worker.on('messageerror', (error) => this.#job?.reject(error));
    this.#worker.on('error', (error) => (this.#failure = error));
    this.#worker.on('exit', () => {
      this.#isAlive = false;
      this.#job?.reject(this.#ended());
      this.#exited.resolve();
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Scrubs a request in the thread, which must be free. Rejects as soon as `signal` aborts, though the
   * thread may still be busy, or when the thread ends.
   */
  async run(job: Job, signal: AbortSignal): Promise<JobResult> {
    signal.throwIfAborted();
    if (!this.#isAlive) throw this.#ended();
    const result = (this.#job = Promise.withResolvers<JobResult>());
    const aborted = Promise.withResolvers<never>();
    let cancelTimer: (() => void) | undefined;
    const cancel = () => {
      const { clock, limits } = this.#options;
      this.#worker.postMessage('cancel');
      cancelTimer = clock.after(limits.cancelMs, () => void this.end());
      aborted.reject(signal.reason);
    };
    signal.addEventListener('abort', cancel, { once: true });
    this.#worker.ref();
    this.free = result.promise
      .catch(() => undefined)
      .then(() => {
        cancelTimer?.();
        signal.removeEventListener('abort', cancel);
        // The result is large.
        this.#job = undefined;
        this.#worker.unref();
      });
    this.#worker.postMessage(job, [job.body]);
    return await Promise.race([result.promise, aborted.promise]);
  }

  #ended(): Error {
    return new Error('A scrub thread ended during a request.', { cause: this.#failure });
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    this.#isAlive = false;
    void this.#worker.terminate();
    await this.#exited.promise;
  }
}
