// The Redis users of a compose deployment: each worker reaches the keys that its adapters use, and no
// others.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureSecrets } from '../../services/host/compose/secrets.ts';
import { limits } from '../../shared/limits.ts';
import { connectBullmqQueue } from '../../shared/queue/bullmq.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { LIMITS } from '../kit/queue-fixtures.ts';
import { startRedisCluster } from '../kit/redis-cluster.ts';
import { startRedisServer } from '../kit/servers.ts';

const CACHED = { storedAtMs: 1, message: '{}' };
const AT = { nowMs: 0, ttlMs: 60_000 };
const JOB = { id: 'a', data: {}, bytes: Buffer.from('x') };

describeWith('redis-server')('the Redis users of a compose deployment', () => {
  permissionSuite((aclFile) => startRedisServer({ args: ['--aclfile', aclFile] }));
});

describeWith('redis-server')('the same users in a cluster', () => {
  permissionSuite(async (aclFile) => {
    const cluster = await startRedisCluster();
    const users = readFileSync(aclFile, 'utf8').split('\n');
    for (const { url } of cluster.primaries) {
      const client = new Redis(url);
      for (const user of users.filter((line) => /^user (ingress|rag|upstream) /.test(line))) {
        await client.call('ACL', 'SETUSER', ...user.split(' ').slice(1));
      }
      client.disconnect();
    }
    return cluster;
  });
});

function permissionSuite(
  start: (aclFile: string) => Promise<{ readonly url: string } & AsyncDisposable>,
): void {
  const stack = new AsyncDisposableStack();
  let root: string;
  let server: { readonly url: string };
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'llmp-acl-'));
    stack.defer(() => rmSync(root, { recursive: true }));
    ensureSecrets({ root, natsConfig: '' });
    server = stack.use(await start(join(root, 'redis', 'users.acl')));
  });
  afterAll(() => stack.disposeAsync());

  const optionsOf = (worker: string) => {
    const password = readFileSync(join(root, worker, 'redis-password'), 'utf8');
    const url = server.url.replace('//', `//${worker}:${password}@`);
    return { url, commandMs: 5_000, onError: () => {} };
  };
  const storeOf = async (worker: string): Promise<Store> =>
    stack.use(await connectRedisStore({ ...optionsOf(worker), retention: limits.store.ledger }));
  const refused = /NOPERM/;

  it('let the upstream worker cache responses, and nothing else', async () => {
    const store = await storeOf('upstream');
    await store.saveResponse('a', CACHED, 60_000);
    expect(await store.cachedResponse('a', 2)).toEqual(CACHED);
    await expect(store.saveAugmentation('a', 'b', AT)).rejects.toThrow(refused);
    await expect(store.keyByHash('a')).rejects.toThrow(refused);
  });

  it('let the rag worker read collections and jobs and keep augmentations, and nothing else', async () => {
    const store = await storeOf('rag');
    expect(await store.saveAugmentation('a', 'b', AT)).toBe('b');
    expect(await store.augmentations(['a'], 0, 60_000)).toEqual(['b']);
    expect(await store.collection('a')).toBeUndefined();
    const queue = stack.use(await connectBullmqQueue({ ...optionsOf('rag'), limits: LIMITS }));
    await queue.add(JOB);
    expect(await queue.status(JOB.id)).toMatchObject({ state: 'waiting' });
    await expect(store.saveResponse('a', CACHED, 60_000)).rejects.toThrow(refused);
    await expect(store.keyByHash('a')).rejects.toThrow(refused);
  });

  it('let the ingress do all of it', async () => {
    const store = await storeOf('ingress');
    expect(await store.keyByHash('a')).toBeUndefined();
    const lease = { scope: 'key:a', max: 1 };
    const decision = await store.reserve({
      owner: 'key:a',
      nowMs: 1,
      charges: [],
      leases: [lease],
      budgets: [],
      holder: 'req_a',
      untilMs: 60_000,
    });
    expect(decision.granted).toBe(true);
    expect(await store.cachedResponse('a', 2)).toEqual(CACHED);
  });
}
