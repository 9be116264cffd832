// Works off BullMQ's jobs in this process. BullMQ renews the hold on a job and finds jobs of the dead;
// here tries are counted by their beginnings, so that a job that kills its process is not tried for ever.

import { UnrecoverableError, WaitingError, Worker, type Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { pause, type Clock } from '../runtime/clock.ts';
import { failureText } from './failure-text.ts';
import {
  UnrecoverableJobError,
  type JobData,
  type JobHandler,
  type QueueWorker,
  type RunningJob,
} from './queue.ts';

/** All keys begin with `llmp:queue:`. */
export const PREFIX = 'llmp';
export const QUEUE = 'queue';

/** What a BullMQ job holds. */
export interface Kept {
  readonly id: string;
  readonly data: JobData;
  /** The key that holds the bytes. */
  readonly bytes?: string;
}

export interface WorkerTerms {
  readonly triesMax: number;
  /** Pause after the first failed try; it doubles with each. */
  readonly backoffMs: number;
  readonly leaseMs: number;
  readonly orphanBytesMs: number;
}

export interface BullWorkerParts {
  /** For commands that a handler waits for: they are bounded. */
  readonly redis: Redis;
  readonly queue: Queue<Kept>;
  readonly handler: JobHandler;
  readonly concurrency: number;
  readonly terms: WorkerTerms;
  readonly clock: Clock;
  readonly commandMs: number;
  readonly onError: (error: unknown) => void;
  /** Called after a job has failed for good. */
  readonly failedForGood: () => void;
}

export function startBullWorker(parts: BullWorkerParts): QueueWorker {
  const { redis, terms, onError } = parts;
  const stop = new AbortController();
  const hands = new Map<string, AbortController>();
  let emptied: (() => void) | undefined;
  const handsEmpty = async () => {
    if (hands.size > 0) await new Promise<void>((resolve) => (emptied = resolve));
  };
  // BullMQ's own commands wait until Redis is back: their results must not be lost.
  const connection = redis.duplicate({ commandTimeout: undefined, maxRetriesPerRequest: null });
  connection.on('error', onError);
  const work = async (job: Job<Kept>, token: string | undefined) => {
    const name = job.id ?? '';
    const hand = new AbortController();
    hands.set(name, hand);
    const signal = AbortSignal.any([hand.signal, stop.signal]);
    try {
      await attempt(parts, job, signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      hands.delete(name);
      if (hands.size === 0) emptied?.();
    }
  };
  const worker = new Worker<Kept>(QUEUE, work, {
    connection,
    prefix: PREFIX,
    skipVersionCheck: true,
    concurrency: parts.concurrency,
    lockDuration: terms.leaseMs,
    stalledInterval: terms.leaseMs / 2,
    // Tries are counted in `attempt`, those of the dead included.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: 1_000,
  });
  worker.on('error', onError);
  worker.on('lockRenewalFailed', (names) => {
    const reason = new Error('another worker has taken the job up');
    for (const name of names) hands.get(name)?.abort(reason);
  });
  worker.on('completed', ({ data: { bytes } }) => {
    if (bytes) redis.del(bytes).catch(onError);
  });
  worker.on('failed', (job) => {
    if (job?.finishedOn) parts.failedForGood();
  });

  return {
    async drain(signal) {
      const closed = worker.close().catch(onError);
      const late = new AbortController();
      // With nothing in hand only Redis is waited for, which may be gone.
      const answered = () =>
        redis.status === 'ready' ? pause(parts.clock, parts.commandMs, late.signal) : undefined;
      await Promise.race([closed, aborted(signal), handsEmpty().then(answered)]);
      if (signal.aborted && hands.size > 0) {
        stop.abort(new Error('the worker stops'));
        // Jobs are put back; where Redis does not answer, they are found when their holds have ended.
        await Promise.race([closed, answered()]);
      }
      late.abort();
      connection.disconnect();
    },
  };
}

async function attempt(parts: BullWorkerParts, job: Job<Kept>, signal: AbortSignal): Promise<void> {
  const { redis, terms } = parts;
  const { bytes } = job.data;
  const isLast = job.attemptsStarted >= terms.triesMax;
  if (job.attemptsStarted > terms.triesMax) {
    throw new UnrecoverableError('the process that worked on it was lost');
  }
  try {
    if (bytes) await redis.persist(bytes);
    await Promise.race([
      parts.handler(runningJob(parts, job, isLast, signal)),
      aborted(signal).then(() => signal.throwIfAborted()),
    ]);
    // Where this process dies before it has said that the job is done, the next try finds them yet.
    if (bytes) await redis.pexpire(bytes, terms.orphanBytesMs);
  } catch (error) {
    const text = failureText(error);
    if (isLast || error instanceof UnrecoverableJobError) throw new UnrecoverableError(text);
    throw new Error(text, { cause: error });
  }
}

function runningJob(
  { redis, queue }: BullWorkerParts,
  job: Job<Kept>,
  isLast: boolean,
  signal: AbortSignal,
): RunningJob {
  const { id, data, bytes } = job.data;
  return {
    id,
    data,
    attempt: job.attemptsStarted,
    isLast,
    signal,
    async bytes() {
      signal.throwIfAborted();
      if (bytes === undefined) return new Uint8Array();
      const found = await redis.getBuffer(bytes);
      if (found === null) throw new UnrecoverableJobError('the bytes of the job are gone');
      return found;
    },
    async progress(share) {
      signal.throwIfAborted();
      await queue.updateJobProgress(job.id ?? '', Math.min(Math.max(share, 0), 1));
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
