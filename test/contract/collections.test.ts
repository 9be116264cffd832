// The contract of collections, documents and augmentations, run against each store; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedAugmentations } from '../../shared/store/embedded-augmentations.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';
import { NOW_MS, collectionSuite } from './collections-suite.ts';

describe('collections in the embedded store in its thread', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-thread-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  collectionSuite(() => openThreadedStore(directory, limits.store));
});

describe('collections in the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-collections-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  collectionSuite(async () => openEmbeddedStore(directory, limits.store));

  it('expires an augmentation unless its conversation continues', async () => {
    await using store = openEmbeddedStore(directory, limits.store);
    await store.saveAugmentation('e:1', 'value', { nowMs: NOW_MS, ttlMs: 1_000 });
    expect(await store.augmentations(['e:1'], NOW_MS + 900, 1_000)).toEqual(['value']);
    expect(await store.augmentations(['e:1'], NOW_MS + 1_800, 1_000)).toEqual(['value']);
    expect(await store.augmentations(['e:1'], NOW_MS + 2_800, 1_000)).toEqual([undefined]);
  });

  it('limits the total size, and evicts the least recently used augmentations', async () => {
    const ownDirectory = mkdtempSync(join(directory, 'bound-'));
    using augmentations = openEmbeddedAugmentations(ownDirectory, 100_000, {
      clock: systemClock,
      waitMs: 1_000,
    });
    const value = 'x'.repeat(400);
    for (let at = 0; at < 400; at += 1) {
      await augmentations.saveAugmentation(`k${at}`, value, { nowMs: NOW_MS + at, ttlMs: 60_000 });
    }
    const keys = Array.from({ length: 400 }, (_, at) => `k${at}`);
    const left = await augmentations.augmentations(keys, NOW_MS + 400, 60_000);
    const length = left.reduce((sum, found) => sum + (found?.length ?? 0), 0);
    expect(length).toBeLessThanOrEqual(100_000);
    expect(length).toBeGreaterThan(50_000);
    expect(left[399]).toBe(value);
    expect(left[0]).toBeUndefined();
  });
});

describeWith('redis-server')('collections in Redis', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const onError = (error: unknown) => {
    throw error;
  };
  collectionSuite(() =>
    connectRedisStore({
      url: server.url,
      commandMs: 5_000,
      retention: limits.store.ledger,
      onError,
    }),
  );

  it('expires an augmentation, and extends it with each use', async () => {
    await using store = await connectRedisStore({
      url: server.url,
      commandMs: 5_000,
      retention: limits.store.ledger,
      onError,
    });
    await store.saveAugmentation('e:1', 'value', { nowMs: NOW_MS, ttlMs: 1 });
    const again = () => store.saveAugmentation('e:1', 'again', { nowMs: NOW_MS, ttlMs: 60_000 });
    await expect.poll(again).toBe('again');
    await store.saveAugmentation('e:2', 'value', { nowMs: NOW_MS, ttlMs: 60_000 });
    expect(await store.augmentations(['e:2'], NOW_MS, 60_000)).toEqual(['value']);
  });
});
