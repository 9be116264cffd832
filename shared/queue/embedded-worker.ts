// Runs jobs of the embedded queue in this process. Each job's lease is renewed while its handler runs, so
// that another process takes the job over when this one dies.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import { isBusy } from '../store/embedded-database.ts';
import { untilNotBusy, type BusyOptions } from '../store/embedded-transaction.ts';
import type { EmbeddedContents } from './embedded-contents.ts';
import type { Claim, EmbeddedJobs } from './embedded-jobs.ts';
import { failureText } from './failure-text.ts';
import {
  UnrecoverableJobError,
  type JobHandler,
  type QueueWorker,
  type RunningJob,
} from './queue.ts';

export interface WorkerLimits {
  readonly triesMax: number;
  /** Delay after the first failed attempt; doubles with each. */
  readonly backoffMs: number;
  readonly leaseMs: number;
  /** Interval of looking for jobs that other processes added or lost. */
  readonly pollMs: number;
}

export class EmbeddedWorker implements QueueWorker {
  readonly #jobs: EmbeddedJobs;
  readonly #contents: EmbeddedContents;
  readonly #handler: JobHandler;
  readonly #concurrency: number;
  readonly #limits: WorkerLimits;
  readonly #clock: Clock;
  readonly #busy: BusyOptions;
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();
  readonly #running = new Map<Claim, Promise<void>>();
  #draining = false;
  #cancelTimer: () => void = () => {};

  constructor(parts: {
    jobs: EmbeddedJobs;
    contents: EmbeddedContents;
    handler: JobHandler;
    concurrency: number;
    limits: WorkerLimits;
    clock: Clock;
    busy: BusyOptions;
    onError: (error: unknown) => void;
  }) {
    this.#jobs = parts.jobs;
    this.#contents = parts.contents;
    this.#handler = parts.handler;
    this.#concurrency = parts.concurrency;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#busy = parts.busy;
    this.#onError = parts.onError;
  }

  /** Starts the jobs that are due and schedules the next look. */
  wake(): void {
    this.#cancelTimer();
    if (this.#draining) return;
    let waitMs = this.#limits.pollMs;
    try {
      while (this.#running.size < this.#concurrency) {
        const nowMs = this.#clock.now();
        const claim = this.#jobs.claim(randomUUID(), nowMs, nowMs + this.#limits.leaseMs);
        if (!claim) break;
        this.#running.set(claim, this.#work(claim));
      }
      const dueMs = this.#jobs.nextDueMs();
      const dueInMs = dueMs === undefined ? waitMs : dueMs - this.#clock.now();
      // At full concurrency the end of a job wakes the worker earlier.
      if (dueInMs > 0) waitMs = Math.min(waitMs, dueInMs);
    } catch (error) {
      // The next look is soon enough.
      if (!isBusy(error)) this.#onError(error);
    }
    this.#cancelTimer = this.#clock.after(waitMs, () => this.wake());
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    this.#cancelTimer();
    const finished = Promise.all(this.#running.values());
    if (!signal.aborted) await Promise.race([finished, aborted(signal)]);
    if (signal.aborted) this.stop();
  }

  /** Accepts no more jobs and returns the running ones to the queue. */
  stop(): void {
    this.#draining = true;
    this.#cancelTimer();
    if (this.#stop.signal.aborted) return;
    for (const claim of this.#running.keys()) {
      this.#try(() => this.#jobs.release(claim, this.#clock.now()));
    }
    this.#stop.abort(new Error('the worker stops'));
  }

  async #work(claim: Claim): Promise<void> {
    const { triesMax, backoffMs, leaseMs } = this.#limits;
    const lost = new AbortController();
    const stopRenewing = this.#clock.every(leaseMs / 3, () => {
      void this.#write(() => {
        if (this.#jobs.renew(claim, this.#clock.now() + leaseMs)) return;
        lost.abort(new Error('another worker has taken over the job'));
      });
    });
    const signal = AbortSignal.any([this.#stop.signal, lost.signal]);
    signal.addEventListener('abort', stopRenewing, { once: true });
    let settle: () => void;
    try {
      await this.#handler(this.#jobFor(claim, signal));
      settle = () => void this.#jobs.done(claim);
    } catch (error) {
      const reason = failureText(error);
      const final = error instanceof UnrecoverableJobError || claim.attempt >= triesMax;
      const nowMs = this.#clock.now();
      const dueMs = nowMs + backoffMs * 2 ** (claim.attempt - 1);
      settle = () =>
        void (final
          ? this.#jobs.fail(claim, nowMs, reason)
          : this.#jobs.release(claim, dueMs, reason));
    }
    stopRenewing();
    // After a stop the jobs are back in the queue, and the database may be closed.
    if (!this.#stop.signal.aborted) await this.#write(settle);
    this.#running.delete(claim);
    this.wake();
  }

  #jobFor(claim: Claim, signal: AbortSignal): RunningJob {
    return {
      id: claim.id,
      data: claim.data,
      attempt: claim.attempt,
      isLast: claim.attempt >= this.#limits.triesMax,
      signal,
      bytes: async () => {
        signal.throwIfAborted();
        if (!claim.content) return new Uint8Array();
        return await this.#contents.read(claim.content, signal);
      },
      progress: async (share) => {
        signal.throwIfAborted();
        const progress = Math.min(Math.max(share, 0), 1);
        await untilNotBusy(() => this.#jobs.progress(claim, progress), this.#busy);
      },
    };
  }

  /** Waits for locks of other processes, unless the worker stops. */
  async #write(run: () => void): Promise<void> {
    try {
      await untilNotBusy(() => {
        if (!this.#stop.signal.aborted) run();
      }, this.#busy);
    } catch (error) {
      this.#onError(error);
    }
  }

  #try(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onError(error);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
