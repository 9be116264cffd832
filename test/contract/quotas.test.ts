// The contract of quotas, run against each store; Redis is a real server. A simple model of the buckets
// predicts what a store grants.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';
import { budgetOf, fresh, quotaSuite, requestOf } from './quotas-suite.ts';

describe('quotas in the embedded store in its thread', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-thread-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  quotaSuite(() => openThreadedStore(directory, limits.store));
});

describe('quotas in the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-quotas-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  quotaSuite(async () => openEmbeddedStore(directory, limits.store));
});

describeWith('redis-server')('quotas in Redis', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const open = (clock: Pick<Clock, 'now'> = systemClock, url = server.url) =>
    connectRedisStore({
      url,
      commandMs: 5_000,
      retention: limits.store.ledger,
      onError: () => {},
      clock,
    });
  quotaSuite(open);

  it.each([-35_000, 35_000])('holds with a clock that differs by %i ms', async (skewMs) => {
    const stores = await Promise.all(
      [0, skewMs].map((offset) => open({ now: () => Date.now() + offset })),
    );
    const leases = [{ scope: fresh('t'), max: 4 }];
    const budgets = [{ ...budgetOf(100, 20), endMs: Date.now() + 86_400_000 }];
    const charges = [{ bucket: fresh('b'), perMinute: 10, tokens: 1 }];
    const reserveAll = async (from: Store | undefined, offset: number, more: object) => {
      const nowMs = Date.now() + offset;
      const times = { nowMs, untilMs: nowMs + 30_000 };
      const decisions = await Array.fromAsync({ length: 12 }, () =>
        from?.reserve(requestOf([], 0, { ...times, holder: fresh('req'), ...more })),
      );
      return decisions.filter((decision) => decision?.granted).length;
    };
    const counts: number[][] = [];
    for (const more of [{ leases }, { budgets }, { charges }]) {
      const near = await reserveAll(stores[0], 0, more);
      counts.push([near, await reserveAll(stores[1], skewMs, more)]);
    }
    expect(counts).toEqual([
      [4, 0],
      [5, 0],
      [10, 0],
    ]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  const now = { nowMs: Date.now(), untilMs: Date.now() + 60_000 };
  it.each([
    ['tokens', requestOf([{ bucket: fresh('b'), perMinute: 10, tokens: 1 }], 0, now)],
    ['a lease', requestOf([], 0, { ...now, leases: [{ scope: fresh('t'), max: 4 }] })],
    ['a hold', requestOf([], 0, { ...now, budgets: [budgetOf(100, 20)] })],
  ])(
    'refuses to take %s while the server is full, as it could not return it',
    async (_what, request) => {
      await using full = await startRedisServer({ args: ['--maxmemory', '1'] });
      await using store = await open(systemClock, full.url);
      await expect(store.reserve(request)).rejects.toThrow('(OOM)');
    },
  );

  it('grants exactly the limit to eight processes with 2,000 requests each', async () => {
    const script = fileURLToPath(new URL('../kit/reserve-many.ts', import.meta.url));
    const startedMs = performance.now();
    const processes = Array.from({ length: 8 }, (_, at) =>
      promisify(execFile)(process.execPath, [script, server.url, `p${at}`, '2000', '3456']),
    );
    const granted = (await Promise.all(processes)).map(({ stdout }) => Number(stdout));
    const total = granted.reduce((sum, count) => sum + count);
    expect(total).toBeGreaterThanOrEqual(3_456);
    // A command that was on its way for over a second counts from its arrival, when tokens have come back.
    const refilled = 3_456 * ((performance.now() - startedMs) / 60_000);
    expect(total).toBeLessThanOrEqual(3_456 + refilled);
  }, 300_000);
});
