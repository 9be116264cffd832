// A real Redis Cluster of three primaries: all contracts, slots that move, and a killed primary.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { ownerPrefix } from '../../shared/store/redis-keys.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { redisSuites } from '../contract/redis-suites.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisCluster, type RedisGroup } from '../kit/redis-cluster.ts';
import type { RunningServer } from '../kit/servers.ts';
import { failOver } from './kit/failover.ts';
import { servesWhileAway } from './kit/gateway-failover.ts';
import { note } from './kit/world.ts';

const OPTIONS = { commandMs: 2_000, retention: limits.store.ledger, onError: () => {} };

describeWith('redis-server')('a Redis cluster of three', () => {
  let cluster: RedisGroup;
  let primaries: Redis[] = [];
  beforeAll(async () => {
    cluster = await startRedisCluster({ primaries: 3 });
    primaries = cluster.primaries.map(({ url }) => new Redis(url));
  });
  afterAll(async () => {
    for (const primary of primaries) primary.disconnect();
    await cluster[Symbol.asyncDispose]();
  });
  redisSuites(
    'a cluster of three',
    () => cluster,
    () => primaries,
  );

  it('keeps a part of the owners on each server', async () => {
    await using store = await connectRedisStore({ ...OPTIONS, url: cluster.url });
    for (let at = 0; at < 200; at += 1) {
      const charges = [{ bucket: `key:k${at}:requests`, perMinute: 5, tokens: 1 }];
      const taken = { charges, leases: [], budgets: [], holder: 'a' };
      await store.reserve({ owner: `key:k${at}`, nowMs: Date.now(), ...taken, untilMs: 0 });
    }
    const counts = await Promise.all(
      primaries.map(async (primary) => (await primary.keys('llmp:*bucket:key:k*')).length),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(200);
    expect(Math.min(...counts)).toBeGreaterThan(200 / 8);
  });

  it('goes on while the slot of an owner moves to another server', async () => {
    await using store = await connectRedisStore({ ...OPTIONS, url: cluster.url });
    const owner = 'team:mover';
    const bucket = 'team:mover:requests';
    const reserve = () => {
      const charges = [{ bucket, perMinute: 100_000, tokens: 1 }];
      const taken = { charges, leases: [{ scope: 'team:mover', max: 9 }], budgets: [] };
      return store.reserve({ owner, nowMs: 1_000, ...taken, holder: 'a', untilMs: 60_000 });
    };
    await reserve();
    let [granted, isOver] = [1, false];
    const client = (async () => {
      while (!isOver) {
        expect((await reserve()).granted).toBe(true);
        granted += 1;
      }
    })();
    await moveSlot(primaries, `${ownerPrefix(owner)}x`);
    isOver = true;
    await client;
    expect((await reserve()).left).toEqual([100_000 - granted - 1]);
    expect(granted).toBeGreaterThan(3);
  });
});

describeWith('redis-server')('a Redis cluster with replicas', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'recovers by itself from the loss of a primary (%s)',
    async (signal) => {
      await using cluster = await startRedisCluster({ primaries: 3, hasReplicas: true });
      await using store = await connectRedisStore({ ...OPTIONS, url: cluster.url });
      const owner = 'team:a';
      const server = await primaryOf(cluster, `${ownerPrefix(owner)}x`);
      const measured = await failOver(store, owner, () => void server.process.kill(signal));
      note(`Redis Cluster, ${signal} of a primary: ${JSON.stringify(measured)}`);
      expect(measured.slowestMs).toBeLessThan(OPTIONS.commandMs + 1_000);
      // Replication is asynchronous: what was confirmed last may be gone, but no more than that.
      expect(measured.lost).toBeLessThan(100);
      server.process.kill('SIGCONT');
    },
  );
});

describe.each(['SIGKILL', 'SIGSTOP'] as const)(
  'a gateway whose Redis fails over (%s)',
  (signal) => {
    it('serves known keys meanwhile, and all keys afterwards', async () => {
      await using cluster = await startRedisCluster({ primaries: 3, hasReplicas: true });
      // All key records have one place.
      const server = await primaryOf(cluster, 'llmp:{keys}:ids');
      const measured = await servesWhileAway(cluster, server, signal);
      note(`gateway, Redis Cluster, ${signal}: ${JSON.stringify(measured)}`);
      expect(measured.served).toBeGreaterThan(0);
    });
  },
);

async function primaryOf(cluster: RedisGroup, key: string): Promise<RunningServer> {
  const found: RunningServer[] = [];
  for (const server of [...cluster.primaries, ...cluster.replicas]) {
    if (server.process.exitCode !== null || server.process.signalCode !== null) continue;
    const client = new Redis(server.url);
    const [role] = (await client.call('ROLE')) as string[];
    const isHere = await client.exists(key).then(
      () => true,
      () => false,
    );
    client.disconnect();
    if (role === 'master' && isHere) found.push(server);
  }
  const [server] = found;
  if (!server || found.length > 1) throw new Error('not one server has the slot');
  return server;
}

/** Key by key, as redis-cli does: ASK and TRYAGAIN meanwhile, MOVED afterwards. */
async function moveSlot(primaries: readonly Redis[], key: string): Promise<void> {
  const slot = Number(await primaries[0]?.call('CLUSTER', 'KEYSLOT', key));
  const owners = await Promise.all(
    primaries.map((primary) =>
      primary.exists(key).then(
        () => true,
        () => false,
      ),
    ),
  );
  const from = primaries[owners.indexOf(true)];
  const to = primaries[owners.indexOf(false)];
  if (!from || !to) throw new Error('the slot is on no server, or on all');
  const [fromId, toId] = [await from.call('CLUSTER', 'MYID'), await to.call('CLUSTER', 'MYID')];
  await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId));
  await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId));
  const { port = 0 } = to.options;
  for (;;) {
    const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[];
    const [one] = keys;
    if (one === undefined) break;
    await from.call('MIGRATE', '127.0.0.1', port, one, 0, 1_000);
    // Lets a few requests see the slot in halves.
    await new Promise<void>((resolve) => setTimeout(resolve, 30));
  }
  for (const node of [to, from, ...primaries]) {
    await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(toId));
  }
}
