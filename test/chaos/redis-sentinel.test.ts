// A primary whose sentinels promote its replica when it is lost. All contracts hold for the promoted one.

import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { redisSuites } from '../contract/redis-suites.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisSentinels, type RedisGroup } from '../kit/redis-cluster.ts';
import { failOver, WRITERS } from './kit/failover.ts';
import { servesWhileAway } from './kit/gateway-failover.ts';
import { note } from './kit/world.ts';

const OPTIONS = { commandMs: 2_000, retention: limits.store.ledger, onError: () => {} };

describeWith('redis-server')('a Redis primary with sentinels', () => {
  let group: RedisGroup;
  let promoted: Redis;
  beforeAll(async () => {
    group = await startRedisSentinels();
    promoted = new Redis(group.replicas[0]?.url ?? '');
  });
  afterAll(async () => {
    promoted.disconnect();
    await group[Symbol.asyncDispose]();
  });

  it('recovers by itself when it is killed', async () => {
    await using store = await connectRedisStore({ ...OPTIONS, url: group.url });
    const measured = await failOver(store, 'team:a', () => {
      group.primaries[0]?.process.kill('SIGKILL');
    });
    note(`Redis Sentinel, SIGKILL of the primary: ${JSON.stringify(measured)}`);
    expect(measured.slowestMs).toBeLessThan(OPTIONS.commandMs + 1_000);
    expect(measured.lost).toBeLessThan(100);
    await promoted.flushall();
  });

  redisSuites(
    'the promoted replica',
    () => group,
    () => [promoted],
  );
});

describeWith('redis-server')('a Redis primary with sentinels', () => {
  it.each([
    ['loses', []],
    ['hardly loses', ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1']],
  ])('%s what it confirmed while its replicas were cut off: %j', async (_, args) => {
    await using group = await startRedisSentinels({ args, replicas: 2 });
    await using store = await connectRedisStore({ ...OPTIONS, url: group.url });
    const [primary] = group.primaries;
    const measured = await failOver(store, 'team:a', async (progress) => {
      const client = new Redis(primary?.url ?? '');
      // They cannot connect again before the primary is gone.
      for (const replica of group.replicas) replica.process.kill('SIGSTOP');
      await client.call('CLIENT', 'KILL', 'TYPE', 'replica');
      const enough = progress() + 50;
      while (progress() < enough) await delay(1);
      primary?.process.kill('SIGKILL');
      client.disconnect();
      for (const replica of group.replicas) replica.process.kill('SIGCONT');
    });
    note(
      `Redis Sentinel, replicas cut off, then SIGKILL, ${args[0] ?? 'no minimum'}: ${JSON.stringify(measured)}`,
    );
    // Only what was on its way in that moment, one write of each writer.
    expect(measured.lost > WRITERS).toBe(args.length === 0);
  });

  it('asks for the passwords of servers and of sentinels', async () => {
    const [password, sentinelPassword] = ['of-servers', 'of-sentinels'];
    await using group = await startRedisSentinels({ password, sentinelPassword });
    const sentinel = { password: sentinelPassword };
    await using store = await connectRedisStore({ ...OPTIONS, url: group.url, sentinel });
    expect(await store.hasKeys()).toBe(false);
    const problemOf = (options: object) =>
      connectRedisStore({ ...OPTIONS, url: group.url, sentinel, ...options }).then(
        () => 'none',
        (error: Error) => error.message,
      );
    expect(await problemOf({ sentinel: { password: 'wrong' } })).toMatch(
      /refuse the login of sentinels \(WRONGPASS\): check REDIS_SENTINEL_USER and/,
    );
    expect(await problemOf({ url: group.url.replace(password, 'wrong') })).toMatch(
      /refused the password \(WRONGPASS\)/,
    );
    expect(await problemOf({ url: group.url.replace('/main', '/other') })).toMatch(
      /know no primary of that name: check REDIS_URL/,
    );
  });
});

describe.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a gateway whose Redis fails over (%s)',
  (signal) => {
    it('serves known keys meanwhile, and all keys afterwards', async () => {
      await using group = await startRedisSentinels();
      const [primary] = group.primaries;
      if (!primary) throw new Error('there is no primary');
      const measured = await servesWhileAway(group, primary, signal);
      note(`gateway, Redis Sentinel, ${signal}: ${JSON.stringify(measured)}`);
      expect(measured.served).toBeGreaterThan(0);
    });
  },
);
