// Every contract in a Redis Cluster: one server, which refuses keys of different slots as any number does.
// Larger clusters and failovers are in test/chaos.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisCluster, type RedisGroup } from '../kit/redis-cluster.ts';
import { freePort, startRedisServer } from '../kit/servers.ts';
import { redisSuites } from './redis-suites.ts';

const OPTIONS = { commandMs: 1_000, retention: limits.store.ledger, onError: () => {} };

describeWith('redis-server')('a Redis cluster', () => {
  let cluster: RedisGroup;
  let primaries: Redis[] = [];
  beforeAll(async () => {
    cluster = await startRedisCluster();
    primaries = cluster.primaries.map(({ url }) => new Redis(url));
  });
  afterAll(async () => {
    for (const primary of primaries) primary.disconnect();
    await cluster[Symbol.asyncDispose]();
  });
  redisSuites(
    'a cluster',
    () => cluster,
    () => primaries,
  );

  it('has no keys outside of llmp', async () => {
    const keys = await Promise.all(primaries.map((primary) => primary.keys('*')));
    expect(keys.flat().filter((key) => !/^(llmp:|\{llmp\}:queue:)/.test(key))).toEqual([]);
  });
});

describeWith('redis-server')('a Redis cluster that cannot be used', () => {
  const problemOf = (url: string) =>
    connectRedisStore({ ...OPTIONS, url }).then(
      () => 'none',
      (error: Error) => error.message,
    );

  it('is named with the setting: nothing listens', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const nodes = `127.0.0.1:${one}, 127.0.0.1:${two}`;
    expect(await problemOf(`redis+cluster://127.0.0.1:${one},127.0.0.1:${two}`)).toBe(
      `Redis at ${nodes} cannot be reached (ECONNREFUSED): start it, or correct REDIS_URL`,
    );
  });

  it('is named: a server without slots, or none of a cluster', async () => {
    await using alone = await startRedisServer({
      args: ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())],
    });
    const at = `127.0.0.1:${alone.port}`;
    expect(await problemOf(`redis+cluster://${at}`)).toBe(
      `Redis at ${at} is not ready (CLUSTERDOWN)`,
    );
    await using single = await startRedisServer();
    expect(await problemOf(`redis+cluster://127.0.0.1:${single.port}`)).toMatch(
      /^Redis at 127.0.0.1:\d+ refused a command \(ERR\)/,
    );
  });

  it('is named: a wrong password', async () => {
    await using server = await startRedisServer({ args: ['--requirepass', 'other'] });
    expect(await problemOf(`redis+cluster://:wrong@127.0.0.1:${server.port}`)).toMatch(
      /refused the password \(WRONGPASS\): check REDIS_URL/,
    );
  });
});
