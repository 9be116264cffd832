// BullMQ beyond the queue contract: what it stores in Redis, that nothing hangs while Redis is down, and
// that work continues when it is back.

import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../shared/runtime/clock.ts';
import { connectBullmqQueue } from '../../shared/queue/bullmq.ts';
import { UnrecoverableJobError, type Queue, type RunningJob } from '../../shared/queue/queue.ts';
import { describeWith } from '../kit/describe-with.ts';
import { LIMITS } from '../kit/queue-fixtures.ts';
import { freePort, startRedisServer, stopped, type RunningServer } from '../kit/servers.ts';

const COMMAND_MS = 500;
/** Errors of an unreachable or hanging server. */
const UNAVAILABLE = /did not respond in time|closed|ECONN/;
const ONE = { concurrency: 1 };

describeWith('redis-server')('the BullMQ queue in Redis', () => {
  let server: RunningServer;
  let queue: Queue;
  let stack: AsyncDisposableStack;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = stack.use(await startRedisServer());
    queue = stack.use(await connect());
  });
  afterEach(() => stack.disposeAsync());

  const connect = (url = server.url) =>
    connectBullmqQueue({ url, commandMs: COMMAND_MS, limits: LIMITS, onError: () => {} });
  const untilDone = async (id: string) => {
    while (await queue.status(id)) await setTimeout(5);
  };
  const keys = async () => {
    const redis = new Redis(server.url);
    const found = await redis.keys('*');
    redis.disconnect();
    return found;
  };

  it('stores everything under one prefix, and nothing of finished or removed jobs', async () => {
    await queue.add({ id: 'done', data: {}, bytes: Buffer.from('x') });
    await queue.add({ id: 'removed', data: {}, bytes: Buffer.from('y') });
    const before = await keys();
    expect(before.filter((key) => !key.startsWith('{llmp}:queue:'))).toEqual([]);
    expect(before.filter((key) => key.includes(':bytes:'))).toHaveLength(2);
    await queue.remove('removed');
    queue.work(async (job) => void (await job.bytes()), ONE);
    await untilDone('done');
    while ((await keys()).some((key) => /done|removed/.test(key))) await setTimeout(5);
  });

  it('keeps the bytes of waiting and failed jobs without expiry', async () => {
    const redis = new Redis(server.url);
    stack.defer(() => redis.disconnect());
    const lives = async () => {
      const names = (await keys()).filter((key) => key.includes(':bytes:'));
      return await Promise.all(names.map((name) => redis.ttl(name)));
    };
    await queue.add({ id: 'a', data: {}, bytes: Buffer.from('x') });
    expect(await lives()).toEqual([-1]);
    queue.work(async () => {
      throw new UnrecoverableJobError('bad');
    }, ONE);
    while ((await queue.status('a'))?.state !== 'failed') await setTimeout(5);
    expect(await lives()).toEqual([-1]);
  });

  it('stores no stack trace of a handler error', async () => {
    const redis = new Redis(server.url);
    stack.defer(() => redis.disconnect());
    queue.work(async () => {
      throw new UnrecoverableJobError(`unreadable: ${'the document '.repeat(1_000)}`);
    }, ONE);
    await queue.add({ id: 'a', data: {} });
    while ((await queue.status('a'))?.state !== 'failed') await setTimeout(5);
    const name = (await keys()).find((key) => key.includes(':a.')) ?? '';
    const kept = await redis.hgetall(name);
    expect(JSON.stringify(kept).length).toBeLessThan(1_500);
  });

  it('rejects in time when Redis does not respond', async () => {
    server.process.kill('SIGSTOP');
    const startedAt = performance.now();
    await expect(queue.add({ id: 'a', data: {}, bytes: Buffer.from('x') })).rejects.toThrow(
      UNAVAILABLE,
    );
    await expect(queue.add({ id: 'a', data: {} })).rejects.toThrow(UNAVAILABLE);
    await expect(queue.status('a')).rejects.toThrow(UNAVAILABLE);
    expect(await queue.ready()).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(8 * COMMAND_MS);
    server.process.kill('SIGCONT');
    while (!(await queue.ready())) await setTimeout(5);
  });

  it('lets a worker drain while Redis is down', async () => {
    const begun = Promise.withResolvers<void>();
    const worker = queue.work(async () => {
      begun.resolve();
      await new Promise(() => {});
    }, ONE);
    await queue.add({ id: 'a', data: {} });
    await begun.promise;
    await stopped(server.process);
    await expect(queue.add({ id: 'b', data: {} })).rejects.toThrow(UNAVAILABLE);
    await worker.drain(AbortSignal.abort());
  });

  it('continues when Redis is back', async () => {
    const seen: string[] = [];
    queue.work(async ({ id }) => void seen.push(id), ONE);
    await queue.add({ id: 'before', data: {} });
    await untilDone('before');
    await stopped(server.process);
    expect(await queue.ready()).toBe(false);
    stack.use(await startRedisServer({ port: server.port }));
    while (!(await queue.ready())) await setTimeout(5);
    await queue.add({ id: 'after', data: {} });
    await untilDone('after');
    expect(seen).toEqual(['before', 'after']);
  });

  it('aborts a job whose lock is lost, and retries it', async () => {
    const redis = new Redis(server.url);
    stack.defer(() => redis.disconnect());
    const begun = Promise.withResolvers<RunningJob>();
    const attempts: number[] = [];
    queue.work(async (job) => {
      attempts.push(job.attempt);
      begun.resolve(job);
      if (job.attempt === 1) await new Promise(() => {});
    }, ONE);
    await queue.add({ id: 'a', data: {}, bytes: Buffer.from('x') });
    const { signal } = await begun.promise;
    await redis.del((await keys()).filter((key) => key.endsWith(':lock')));
    if (!signal.aborted) await once(signal, 'abort');
    await untilDone('a');
    expect(attempts).toEqual([1, 2]);
  });

  it('does not connect where nothing listens', async () => {
    await expect(connect(`redis://127.0.0.1:${await freePort()}`)).rejects.toThrow(UNAVAILABLE);
  });

  it('reports connection errors instead of throwing unhandled ones', async () => {
    const errors: unknown[] = [];
    const reporting = stack.use(
      await connectBullmqQueue({
        url: server.url,
        commandMs: COMMAND_MS,
        clock: systemClock,
        limits: LIMITS,
        onError: (error) => void errors.push(error),
      }),
    );
    reporting.work(async () => {}, ONE);
    await stopped(server.process);
    while (errors.length < 3) await setTimeout(5);
    expect(errors.every((error) => error instanceof Error)).toBe(true);
    const causes = errors.map((error) => (error instanceof Error ? error.cause : undefined));
    expect(causes).not.toContain(undefined);
    expect(new Set(causes).size).toBe(errors.length);
  });
});
