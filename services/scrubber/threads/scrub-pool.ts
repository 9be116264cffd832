// The threads that scrub requests with much new text. They are started when such requests come, keys take
// turns where these wait, and threads without work end.

import { LlmpError } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { LruCache } from '../../../shared/runtime/lru-cache.ts';
import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Offload } from '../scrubber.ts';
import { FairQueue } from './fair-queue.ts';
import { outcomeOf, partsOf, type ThreadData } from './job.ts';
import { ScrubThread } from './thread.ts';

export interface ScrubPoolOptions {
  readonly threadsMax: number;
  readonly data: ThreadData;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'scrubThreads'>;
}

/** Texts whose thread is remembered. */
const AFFINITIES_MAX = 1_000;

/** Bytes copied between two yields: less than a millisecond. */
const COPY_BYTES = 512 * 1024;

type Waiting = PromiseWithResolvers<ScrubThread>;

export class ScrubPool implements AsyncDisposable {
  readonly #options: ScrubPoolOptions;
  readonly #threads = new Set<ScrubThread>();
  /** Free threads, with the function that stops the timer of their end. */
  readonly #free = new Map<ScrubThread, () => void>();
  readonly #waiting = new FairQueue<Waiting>();
  readonly #threadByText = new LruCache<ScrubThread>(AFFINITIES_MAX);
  #isClosed = false;

  constructor(options: ScrubPoolOptions) {
    this.#options = options;
  }

  /** Threads that are running. */
  get size(): number {
    return this.#threads.size;
  }

  /** The thread that last had this text. */
  threadOf(text: string): object | undefined {
    return this.#threadByText.get(text);
  }

  readonly scrub: Offload = async ({ meta, body }, { signal, sendVault }, text) => {
    const { clock, limits } = this.#options;
    const thread = await this.#acquire(meta.tenant, text, signal);
    try {
      const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, signal);
      const { bytes } = await body.read(signal);
      const copied = await timeSlice.run(copy(bytes));
      const result = await thread.run({ meta, body: copied }, signal);
      for (const part of partsOf(result)) {
        sendVault(part);
        if (timeSlice.isDue()) await timeSlice.take();
      }
      return outcomeOf(result);
    } finally {
      // A cancelled request may occupy the thread for a while.
      void thread.free.then(() => this.#release(thread));
    }
  };

  /** Ends all threads; requests that run or wait are refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (let next = this.#waiting.next(); next; next = this.#waiting.next()) {
      next.reject(new LlmpError('draining'));
    }
    for (const stopTimer of this.#free.values()) stopTimer();
    this.#free.clear();
    await Promise.all(Array.from(this.#threads, (thread) => thread.end()));
    this.#threads.clear();
  }

  /** Waits for a thread; prefers the one that has cached this text. */
  async #acquire(owner: string, text: string, signal: AbortSignal): Promise<ScrubThread> {
    signal.throwIfAborted();
    const thread = this.#taken(text) ?? (await this.#turn(owner, signal));
    this.#threadByText.set(text, thread);
    return thread;
  }

  #taken(text?: string): ScrubThread | undefined {
    if (this.#isClosed) throw new LlmpError('draining');
    const known = text === undefined ? undefined : this.#threadByText.get(text);
    const [first] = this.#free.keys();
    const free = known && this.#free.has(known) ? known : first;
    if (free) {
      this.#free.get(free)?.();
      this.#free.delete(free);
      if (free.isAlive) return free;
      this.#threads.delete(free);
      return this.#taken(text);
    }
    if (this.#threads.size >= this.#options.threadsMax) return undefined;
    const { data, clock, limits } = this.#options;
    const started = new ScrubThread({ data, clock, limits: limits.scrubThreads });
    this.#threads.add(started);
    return started;
  }

  async #turn(owner: string, signal: AbortSignal): Promise<ScrubThread> {
    const { queuedMax, queuedPerKeyMax } = this.#options.limits.scrubThreads;
    if (this.#waiting.size >= queuedMax || this.#waiting.countOf(owner) >= queuedPerKeyMax) {
      throw new LlmpError('overloaded', 'Too many large requests wait to be scrubbed.');
    }
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.add(owner, waiting);
    const leave = () => {
      this.#waiting.delete(owner, waiting);
      waiting.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await waiting.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #release(thread: ScrubThread): void {
    if (this.#isClosed) return;
    if (thread.isAlive) {
      const { clock, limits } = this.#options;
      const stopTimer = clock.after(limits.scrubThreads.idleMs, () => void this.#end(thread));
      this.#free.set(thread, stopTimer);
    } else this.#threads.delete(thread);
    if (this.#waiting.size === 0) return;
    const next = this.#taken();
    if (next) this.#waiting.next()?.resolve(next);
  }

  async #end(thread: ScrubThread): Promise<void> {
    this.#free.delete(thread);
    this.#threads.delete(thread);
    await thread.end();
  }
}

function* copy(bytes: Uint8Array): Generator<void, ArrayBuffer> {
  const copied = new Uint8Array(bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += COPY_BYTES) {
    copied.set(bytes.subarray(at, at + COPY_BYTES), at);
    yield;
  }
  return copied.buffer;
}
