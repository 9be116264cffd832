// What the queue over BullMQ promises beyond the contract: what it leaves in Redis, that nothing waits
// for ever while Redis is away, and that work goes on when it is back.

import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../shared/runtime/clock.ts';
import { connectBullmqQueue } from '../../shared/queue/bullmq.ts';
import { UnrecoverableJobError, type Queue, type RunningJob } from '../../shared/queue/queue.ts';
import { describeWith } from '../kit/describe-with.ts';
import { TERMS } from '../kit/queue-places.ts';
import { freePort, startRedisServer, stopped, type RunningServer } from '../kit/servers.ts';

const COMMAND_MS = 500;
/** What ioredis says of a server that is not there, or silent. */
const AWAY = /did not answer in time|closed|ECONN/;
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
    connectBullmqQueue({ url, commandMs: COMMAND_MS, limits: TERMS, onError: () => {} });
  const untilDone = async (id: string) => {
    while (await queue.status(id)) await setTimeout(5);
  };
  const keys = async () => {
    const redis = new Redis(server.url);
    const found = await redis.keys('*');
    redis.disconnect();
    return found;
  };

  it('keeps all under one prefix, and nothing of jobs that are done or removed', async () => {
    await queue.add({ id: 'done', data: {}, bytes: Buffer.from('x') });
    await queue.add({ id: 'removed', data: {}, bytes: Buffer.from('y') });
    const before = await keys();
    expect(before.filter((key) => !key.startsWith('llmp:queue:'))).toEqual([]);
    expect(before.filter((key) => key.includes(':bytes:'))).toHaveLength(2);
    await queue.remove('removed');
    queue.work(async (job) => void (await job.bytes()), ONE);
    await untilDone('done');
    while ((await keys()).some((key) => /done|removed/.test(key))) await setTimeout(5);
  });

  it('keeps the bytes of what waits and of a dead letter for as long as it is there', async () => {
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

  it('keeps no stack of what a handler threw', async () => {
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

  it('answers in time, with an error, when Redis does not', async () => {
    server.process.kill('SIGSTOP');
    const startedAt = performance.now();
    await expect(queue.add({ id: 'a', data: {}, bytes: Buffer.from('x') })).rejects.toThrow(AWAY);
    await expect(queue.add({ id: 'a', data: {} })).rejects.toThrow(AWAY);
    await expect(queue.status('a')).rejects.toThrow(AWAY);
    expect(await queue.ready()).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(8 * COMMAND_MS);
    server.process.kill('SIGCONT');
    while (!(await queue.ready())) await setTimeout(5);
  });

  it('lets a worker leave while Redis is gone', async () => {
    const begun = Promise.withResolvers<void>();
    const worker = queue.work(async () => {
      begun.resolve();
      await new Promise(() => {});
    }, ONE);
    await queue.add({ id: 'a', data: {} });
    await begun.promise;
    await stopped(server.process);
    await expect(queue.add({ id: 'b', data: {} })).rejects.toThrow(AWAY);
    await worker.drain(AbortSignal.abort());
  });

  it('works on when Redis is back', async () => {
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

  it('tells a worker that its hold on a job is lost, and tries the job again', async () => {
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

  it('does not connect where nothing answers', async () => {
    await expect(connect(`redis://127.0.0.1:${await freePort()}`)).rejects.toThrow(AWAY);
  });

  it('tells of errors instead of throwing them into the air', async () => {
    const faults: unknown[] = [];
    const told = stack.use(
      await connectBullmqQueue({
        url: server.url,
        commandMs: COMMAND_MS,
        clock: systemClock,
        limits: TERMS,
        onError: (error) => void faults.push(error),
      }),
    );
    told.work(async () => {}, ONE);
    await stopped(server.process);
    while (faults.length < 3) await setTimeout(5);
    expect(faults.every((error) => error instanceof Error)).toBe(true);
    const causes = faults.map((error) => (error instanceof Error ? error.cause : undefined));
    expect(causes).not.toContain(undefined);
    expect(new Set(causes).size).toBe(faults.length);
  });
});
