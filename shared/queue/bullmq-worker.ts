// Runs BullMQ jobs in this process. BullMQ renews locks and recovers the jobs of crashed workers; attempts
// are counted here when they start, so that a job that crashes its process is not retried forever.

import { UnrecoverableError, WaitingError, Worker, type Job, type Queue } from 'bullmq';
import { pause, type Clock } from '../runtime/clock.ts';
import { patientDuplicate, type RedisClient } from '../store/redis-connection.ts';
import { QUEUE_PREFIX } from '../store/redis-keys.ts';
import { failureText } from './failure-text.ts';
import {
  UnrecoverableJobError,
  type JobData,
  type JobHandler,
  type QueueWorker,
  type RunningJob,
} from './queue.ts';

export const QUEUE = 'queue';

/** The data of a BullMQ job. */
export interface StoredJob {
  readonly id: string;
  readonly data: JobData;
  /** Redis key of the bytes. */
  readonly bytes?: string;
}

export interface WorkerLimits {
  readonly triesMax: number;
  /** Delay after the first failed attempt; doubles with each. */
  readonly backoffMs: number;
  readonly leaseMs: number;
  readonly orphanBytesMs: number;
}

export interface BullWorkerParts {
  /** For commands a handler waits for: they have a timeout. */
  readonly redis: RedisClient;
  readonly queue: Queue<StoredJob>;
  readonly handler: JobHandler;
  readonly concurrency: number;
  readonly limits: WorkerLimits;
  readonly clock: Clock;
  readonly commandMs: number;
  readonly onError: (error: unknown) => void;
  /** Called after a job has failed permanently. */
  readonly onFailed: () => void;
}

export function startBullWorker(parts: BullWorkerParts): QueueWorker {
  const { redis, limits, onError } = parts;
  const stop = new AbortController();
  const active = new Map<string, AbortController>();
  let onIdle: (() => void) | undefined;
  const idle = async () => {
    if (active.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
  };
  // BullMQ's own commands wait until Redis is back, so that no result is lost.
  const connection = patientDuplicate(redis);
  connection.on('error', onError);
  const work = async (job: Job<StoredJob>, token: string | undefined) => {
    const name = job.id ?? '';
    const lost = new AbortController();
    active.set(name, lost);
    const signal = AbortSignal.any([lost.signal, stop.signal]);
    try {
      await attempt(parts, job, signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      active.delete(name);
      if (active.size === 0) onIdle?.();
    }
  };
  const worker = new Worker<StoredJob>(QUEUE, work, {
    connection,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
    concurrency: parts.concurrency,
    lockDuration: limits.leaseMs,
    stalledInterval: limits.leaseMs / 2,
    // `attempt` counts attempts, including those of crashed workers.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    runRetryDelay: 1_000,
  });
  worker.on('error', onError);
  worker.on('lockRenewalFailed', (names) => {
    const reason = new Error('another worker has taken over the job');
    for (const name of names) active.get(name)?.abort(reason);
  });
  worker.on('completed', ({ data: { bytes } }) => {
    if (bytes) redis.del(bytes).catch(onError);
  });
  worker.on('failed', (job) => {
    if (job?.finishedOn) parts.onFailed();
  });

  return {
    async drain(signal) {
      const closed = worker.close().catch(onError);
      const drained = new AbortController();
      // Without active jobs, `close` waits only for Redis, which may be gone.
      const redisTimeout = () =>
        redis.status === 'ready' ? pause(parts.clock, parts.commandMs, drained.signal) : undefined;
      await Promise.race([closed, aborted(signal), idle().then(redisTimeout)]);
      if (signal.aborted && active.size > 0) {
        stop.abort(new Error('the worker stops'));
        // Jobs return to the queue; without Redis, they are recovered when their locks expire.
        await Promise.race([closed, redisTimeout()]);
      }
      drained.abort();
      connection.disconnect();
    },
  };
}

async function attempt(
  parts: BullWorkerParts,
  job: Job<StoredJob>,
  signal: AbortSignal,
): Promise<void> {
  const { redis, limits } = parts;
  const { bytes } = job.data;
  const isLast = job.attemptsStarted >= limits.triesMax;
  if (job.attemptsStarted > limits.triesMax) {
    throw new UnrecoverableError('the process that worked on it was lost');
  }
  try {
    if (bytes) await redis.persist(bytes);
    await Promise.race([
      parts.handler(runningJob(parts, job, isLast, signal)),
      aborted(signal).then(() => signal.throwIfAborted()),
    ]);
    // Expires instead of deleting: if this process dies before the job is marked done, a retry needs the bytes.
    if (bytes) await redis.pexpire(bytes, limits.orphanBytesMs);
  } catch (error) {
    const text = failureText(error);
    if (isLast || error instanceof UnrecoverableJobError) throw new UnrecoverableError(text);
    throw new Error(text, { cause: error });
  }
}

function runningJob(
  { redis, queue }: BullWorkerParts,
  job: Job<StoredJob>,
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
