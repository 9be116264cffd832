// The queue in Redis by BullMQ, for any number of processes. Each job is one BullMQ job of its own name,
// and our id its deduplication id: BullMQ frees that in the step in which a job ends, so of two that
// add one id exactly one is told that it did. Bytes lie beside the job, under a key of their own.

import { randomUUID } from 'node:crypto';
import { Queue as BullQueue, type Job } from 'bullmq';
import { endsWithin, systemClock, type Clock } from '../runtime/clock.ts';
import { DependencyError } from '../runtime/dependency-error.ts';
import { limits as bounds } from '../limits.ts';
import { namingErrors } from '../runtime/naming-errors.ts';
import { connectRedis } from '../store/redis-connection.ts';
import { redisError } from '../store/redis-error.ts';
import { PREFIX, QUEUE, startBullWorker, type Kept, type WorkerTerms } from './bullmq-worker.ts';
import type { JobStatus, Queue, QueueWorker } from './queue.ts';

export interface BullmqQueueOptions {
  readonly url: string;
  /** PEM of the authority of a `rediss:` server that no system authority vouches for. */
  readonly ca?: string;
  /** Bound on connecting and on each command a caller waits for. */
  readonly commandMs: number;
  /** For the wait on Redis when a worker stops at once; BullMQ has timers of its own. */
  readonly clock?: Clock;
  readonly limits?: WorkerTerms & { readonly failedKept: number; readonly orphanBytesMs: number };
  /** Told of connection errors, and of what goes wrong while no caller waits. */
  readonly onError: (error: unknown) => void;
}

/** Connects; rejects when Redis does not answer within `commandMs`. */
export async function connectBullmqQueue(options: BullmqQueueOptions): Promise<Queue> {
  const { commandMs, clock = systemClock, limits: terms = bounds.queue } = options;
  const named = (error: unknown) => redisError(error, options.url);
  const onError = oncePerError((error) => options.onError(named(error)));
  const redis = await connectRedis({ ...options, onError });
  const queue = new BullQueue<Kept>(QUEUE, {
    connection: redis,
    prefix: PREFIX,
    // The check would write to the console.
    skipVersionCheck: true,
    // Nobody reads them.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: {
      attempts: terms.triesMax,
      backoff: { type: 'exponential', delay: terms.backoffMs },
      removeOnComplete: true,
      // A stack begins with the whole message, however long.
      stackTraceLimit: 0,
    },
  });
  queue.on('error', onError);
  const workers = new Set<QueueWorker>();

  /** The last job of that id that failed for good. */
  const failedName = async (address: string) => {
    const names = await redis.zrange(queue.toKey('failed'), '0', '-1');
    return names.findLast((name) => addressIn(name) === address);
  };
  const find = async (id: string) => {
    const address = encodeURIComponent(id);
    const name = await queue.getDeduplicationJobId(address);
    return name ?? (await failedName(address));
  };
  const forget = async (name: string) => {
    const bytes = (await queue.getJob(name))?.data.bytes;
    // Where this process dies in between, the bytes go by themselves.
    if (bytes) await redis.pexpire(bytes, terms.orphanBytesMs);
    if ((await queue.remove(name)) === 0) {
      if (bytes) await redis.persist(bytes);
      return false;
    }
    if (bytes) await redis.del(bytes);
    return true;
  };

  const made: Queue = {
    async add({ id, data, bytes }) {
      const address = encodeURIComponent(id);
      const name = `${address}.${randomUUID()}`;
      const bytesKey = bytes && queue.toKey(`bytes:${name}`);
      if (bytesKey) await redis.set(bytesKey, asBuffer(bytes), 'PX', terms.orphanBytesMs);
      const kept: Kept = { id, data, ...(bytesKey ? { bytes: bytesKey } : {}) };
      const job = await queue.add('job', kept, { jobId: name, deduplication: { id: address } });
      if (job.id !== name) {
        if (bytesKey) await redis.del(bytesKey);
        return false;
      }
      if (bytesKey) await redis.persist(bytesKey);
      const before = await failedName(address);
      if (before && before !== name) await forget(before);
      return true;
    },
    work(handler, { concurrency }) {
      const trim = async () => {
        const names = await redis.zrange(queue.toKey('failed'), '0', String(-1 - terms.failedKept));
        for (const name of names) await forget(name);
      };
      const worker = startBullWorker({
        redis,
        queue,
        handler,
        concurrency,
        terms,
        clock,
        commandMs,
        onError,
        failedForGood: () => void trim().catch(onError),
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
      const name = await find(id);
      const job = name === undefined ? undefined : await queue.getJob(name);
      return job && (await statusOf(job, terms));
    },
    async failed(limit) {
      if (limit <= 0) return [];
      const jobs = await queue.getJobs(['failed'], 0, limit - 1, true);
      const found = await Promise.all(jobs.map((job) => statusOf(job, terms)));
      return found.filter((status) => status !== undefined);
    },
    async retry(id) {
      const address = encodeURIComponent(id);
      const name = await failedName(address);
      const job = name === undefined ? undefined : await queue.getJob(name);
      if (!job || name === undefined) return false;
      // The id was free since the job failed; where another job has it now, that one goes first.
      await redis.setnx(queue.toKey(`de:${address}`), name);
      if ((await queue.getDeduplicationJobId(address)) !== name) return false;
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
      const name = await find(id);
      return name !== undefined && (await forget(name));
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
  return namingErrors(made, named);
}

/** Undefined for a job that has gone meanwhile. */
async function statusOf(job: Job<Kept>, terms: WorkerTerms): Promise<JobStatus | undefined> {
  const state = await job.getState();
  if (state === 'unknown' || state === 'completed') return undefined;
  return {
    id: job.data.id,
    data: job.data.data,
    state: state === 'active' || state === 'failed' ? state : 'waiting',
    progress: typeof job.progress === 'number' ? job.progress : 0,
    // The start that only finds that no try is left is none.
    attempts: Math.min(job.attemptsStarted, terms.triesMax),
    ...(job.failedReason ? { error: job.failedReason } : {}),
  };
}

/** BullMQ's name of a job is its escaped id, which has no ':', and after the last '.' a name of its own. */
function addressIn(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** BullMQ hands on the errors of a connection that tells us of them too, which names the server. */
function oncePerError(onError: (error: unknown) => void): (error: unknown) => void {
  const told = new WeakSet<object>();
  return (error) => {
    const first = error instanceof DependencyError ? error.cause : error;
    if (typeof first === 'object' && first !== null) {
      if (told.has(first)) return;
      told.add(first);
    }
    onError(error);
  };
}
