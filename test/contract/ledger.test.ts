// The contract of the ledger, run against each store; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, dayOf } from '../../shared/metering/ledger.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { ownerPrefix } from '../../shared/store/redis-keys.ts';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { RETENTION, entryAt, freshDay, ledgerSuite } from './ledger-suite.ts';

describe('the ledger in the embedded store in its thread', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-thread-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  ledgerSuite(() => openThreadedStore(directory, { ...limits.store, ledger: RETENTION }));
});

describe('the ledger in the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-ledger-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  ledgerSuite(async () => openEmbeddedStore(directory, { ...limits.store, ledger: RETENTION }));

  it('deletes expired entries, and their sums later', async () => {
    const own = mkdtempSync(join(directory, 'own-'));
    await using store = openEmbeddedStore(own, { ...limits.store, ledger: RETENTION });
    const firstMs = freshDay();
    const day = dayOf(firstMs);
    const base = { owner: 'key:a', charges: [], leases: [], budgets: [] };
    const seen = async (passed: number) => {
      const atMs = firstMs + passed * DAY_MS;
      const entry = entryAt(atMs, `on-${passed}`);
      await store.settle({ ...base, nowMs: atMs, holder: entry.id, entry });
      const entries = await store.listEntries({ day, limit: 10 });
      return [entries.length, (await store.usage({ from: day, to: day })).length];
    };
    expect(await seen(0)).toEqual([1, 1]);
    expect(await seen(2)).toEqual([1, 1]);
    expect(await seen(3)).toEqual([0, 1]);
    expect(await seen(5)).toEqual([0, 1]);
    expect(await seen(6)).toEqual([0, 0]);
  });
});

describeWith('redis-server')('the ledger in Redis', () => {
  let server: RunningServer;
  const open = () =>
    connectRedisStore({
      url: server.url,
      commandMs: 5_000,
      onError: () => {},
      retention: RETENTION,
    });
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  ledgerSuite(open);

  it('expires entries and sums in Redis', async () => {
    await using store = await open();
    const atMs = Date.UTC(2028, 0, 1, 18);
    const entry = entryAt(atMs, 'a');
    const settlement = { nowMs: atMs, charges: [], leases: [], budgets: [], holder: 'a', entry };
    await store.settle({ owner: 'key:a', ...settlement });
    const redis = new Redis(server.url);
    const hours = async (name: string) => {
      return Math.round(
        (await redis.pttl(`${ownerPrefix('key:a')}${name}:2028-01-01`)) / 3_600_000,
      );
    };
    expect([await hours('ledger'), await hours('usage')]).toEqual([6 + 48, 6 + 5 * 24]);
    redis.disconnect();
  });
});
