// The queue in Redis with BullMQ. Our job id is BullMQ's deduplication id, which BullMQ frees atomically when
// the job ends, so that of two concurrent adds exactly one succeeds.

import { randomUUID } from 'node:crypto';
import { Queue as BullQueue, type Job } from 'bullmq';
import { endsWithin, systemClock, type Clock } from '../runtime/clock.ts';
import { DependencyError } from '../runtime/dependency-error.ts';
import type { QueueLimits } from '../limits.ts';
import { mapErrors } from '../runtime/map-errors.ts';
import { connectRedis } from '../store/redis-connection.ts';
import type { RedisConnectionOptions } from '../store/redis-options.ts';
import { redisError } from '../store/redis-error.ts';
import { QUEUE_PREFIX } from '../store/redis-keys.ts';
import { QUEUE, startBullWorker, type StoredJob } from './bullmq-worker.ts';
import type { JobStatus, Queue, QueueWorker } from './queue.ts';

/** `onError` also gets errors that no caller sees; `commandMs` holds for commands that a caller waits for. */
export interface BullmqQueueOptions extends RedisConnectionOptions {
  /** Times only the shutdown; BullMQ has its own timers. */
  readonly clock?: Clock;
  readonly limits: QueueLimits;
}

/** @throws DependencyError when Redis does not reply within `commandMs`. */
export async function connectBullmqQueue(options: BullmqQueueOptions): Promise<Queue> {
  const { commandMs, clock = systemClock, limits } = options;
  const toDependencyError = (error: unknown) => redisError(error, options.url);
  const onError = oncePerError((error) => options.onError(toDependencyError(error)));
  const redis = await connectRedis({ ...options, onError });
  const queue = new BullQueue<StoredJob>(QUEUE, {
    connection: redis,
    prefix: QUEUE_PREFIX,
    // The version check writes to the console.
    skipVersionCheck: true,
    // No process reads the events.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: {
      attempts: limits.triesMax,
      backoff: { type: 'exponential', delay: limits.backoffMs },
      removeOnComplete: true,
      // A stack trace begins with the full error message, however long.
      stackTraceLimit: 0,
    },
  });
  queue.on('error', onError);
  const workers = new Set<QueueWorker>();

  /** BullMQ id of the last permanently failed job with this deduplication id. */
  const failedName = async (dedupId: string) => {
    const names = await redis.zrange(queue.toKey('failed'), '0', '-1');
    return names.findLast((name) => dedupIdIn(name) === dedupId);
  };
  const nameOf = async (id: string) => {
    const dedupId = encodeURIComponent(id);
    const name = await queue.getDeduplicationJobId(dedupId);
    return name ?? (await failedName(dedupId));
  };
  const removeJob = async (name: string) => {
    const bytes = (await queue.getJob(name))?.data.bytes;
    // If this process dies before the next command, the bytes expire.
    if (bytes) await redis.pexpire(bytes, limits.orphanBytesMs);
    if ((await queue.remove(name)) === 0) {
      if (bytes) await redis.persist(bytes);
      return false;
    }
    if (bytes) await redis.del(bytes);
    return true;
  };

  const port: Queue = {
    async add({ id, data, bytes }) {
      const dedupId = encodeURIComponent(id);
      const name = `${dedupId}.${randomUUID()}`;
      const bytesKey = bytes && queue.toKey(`bytes:${name}`);
      if (bytesKey) await redis.set(bytesKey, asBuffer(bytes), 'PX', limits.orphanBytesMs);
      const stored: StoredJob = { id, data, ...(bytesKey ? { bytes: bytesKey } : {}) };
      const job = await queue.add('job', stored, { jobId: name, deduplication: { id: dedupId } });
      if (job.id !== name) {
        if (bytesKey) await redis.del(bytesKey);
        return false;
      }
      if (bytesKey) await redis.persist(bytesKey);
      const before = await failedName(dedupId);
      if (before && before !== name) await removeJob(before);
      return true;
    },
    work(handler, { concurrency }) {
      const trim = async () => {
        const names = await redis.zrange(
          queue.toKey('failed'),
          '0',
          String(-1 - limits.failedKept),
        );
        for (const name of names) await removeJob(name);
      };
      const worker = startBullWorker({
        redis,
        queue,
        handler,
        concurrency,
        limits,
        clock,
        commandMs,
        onError,
        onFailed: () => void trim().catch(onError),
      });
      const tracked: QueueWorker = {
        async drain(signal) {
          await worker.drain(signal);
          workers.delete(tracked);
        },
      };
      workers.add(tracked);
      return tracked;
    },
    async status(id) {
      const name = await nameOf(id);
      const job = name === undefined ? undefined : await queue.getJob(name);
      return job && (await statusOf(job, limits));
    },
    async failed(limit) {
      if (limit <= 0) return [];
      const jobs = await queue.getJobs(['failed'], 0, limit - 1, true);
      const statuses = await Promise.all(jobs.map((job) => statusOf(job, limits)));
      return statuses.filter((status) => status !== undefined);
    },
    async retry(id) {
      const dedupId = encodeURIComponent(id);
      const name = await failedName(dedupId);
      const job = name === undefined ? undefined : await queue.getJob(name);
      if (!job || name === undefined) return false;
      // BullMQ freed the deduplication id when the job failed; a newer job that has it wins.
      await redis.setnx(queue.toKey(`de:${dedupId}`), name);
      if ((await queue.getDeduplicationJobId(dedupId)) !== name) return false;
      await job.updateProgress(0);
      try {
        await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        return true;
      } catch (error) {
        if ((await job.getState()) === 'failed') throw error;
        return false;
      }
    },
    async remove(id) {
      const name = await nameOf(id);
      return name !== undefined && (await removeJob(name));
    },
    async ready() {
      try {
        return (await redis.ping()) === 'PONG';
      } catch {
        return false;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...workers].map((worker) => worker.drain(AbortSignal.abort())));
      await endsWithin(clock, commandMs, queue.close());
      redis.disconnect();
    },
  };
  return mapErrors(port, toDependencyError);
}

/** `undefined` when the job has ended in the meantime. */
async function statusOf(
  job: Job<StoredJob>,
  { triesMax }: Pick<QueueLimits, 'triesMax'>,
): Promise<JobStatus | undefined> {
  const state = await job.getState();
  if (state === 'unknown' || state === 'completed') return undefined;
  return {
    id: job.data.id,
    data: job.data.data,
    state: state === 'active' || state === 'failed' ? state : 'waiting',
    progress: typeof job.progress === 'number' ? job.progress : 0,
    // The start that only finds no attempt left does not count.
    attempts: Math.min(job.attemptsStarted, triesMax),
    ...(job.failedReason ? { error: job.failedReason } : {}),
  };
}

/** A BullMQ job id is `<escaped id>.<UUID>`; escaping keeps ':' out, which BullMQ does not allow. */
function dedupIdIn(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** BullMQ re-emits errors of our connection, which reports them itself. */
function oncePerError(onError: (error: unknown) => void): (error: unknown) => void {
  const reported = new WeakSet<object>();
  return (error) => {
    const first = error instanceof DependencyError ? error.cause : error;
    if (typeof first === 'object' && first !== null) {
      if (reported.has(first)) return;
      reported.add(first);
    }
    onError(error);
  };
}
