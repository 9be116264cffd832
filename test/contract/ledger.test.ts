// The contract of the ledger, run against each store; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, dayOf, type LedgerEntry } from '../../shared/metering/ledger.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';

const RETENTION = { entryDays: 2, usageDays: 5 };

let days = 0;
/** Noon of an unused day, as tests share the store. */
const freshDay = () => Date.UTC(2027, 0, 1, 12) + 100 * DAY_MS * (days += 1);

function entryAt(atMs: number, id: string, more: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    atMs,
    keyId: 'k1',
    route: '/v1/messages',
    model: 'm',
    status: 200,
    outcome: 'responded',
    tookMs: 12.34,
    inputTokens: 10,
    cacheWriteTokens: 2,
    cacheReadTokens: 3,
    outputTokens: 4,
    estimated: false,
    cost: 1_000,
    scrubbed: { EMAIL_ADDRESS: 2, IBAN: 1 },
    ...more,
  };
}

const ONCE = {
  requests: 1,
  failed: 0,
  inputTokens: 10,
  cacheWriteTokens: 2,
  cacheReadTokens: 3,
  outputTokens: 4,
  scrubbed: 3,
  unpriced: 0,
  cost: 1_000,
};

function ledgerSuite(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const write = (entry: LedgerEntry, more: object = {}) => {
    const base = { nowMs: entry.atMs, charges: [], leases: [], budgets: [], holder: entry.id };
    return store.settle({ ...base, ...more, entry });
  };
  const pageOf = async (day: string, limit: number, after?: LedgerEntry) => {
    const page = { day, limit, ...(after ? { after } : {}) };
    return (await store.listEntries(page)).map(({ id }) => id);
  };

  it('returns every entry as it was written, by day', async () => {
    const atMs = freshDay();
    const full = entryAt(atMs, 'a', { team: 'search', stream: true, stages: { scrubber: 1.5 } });
    await write(full);
    expect(await store.listEntries({ day: dayOf(atMs), limit: 10 })).toEqual([full]);
    expect(await store.listEntries({ day: dayOf(atMs + DAY_MS), limit: 10 })).toEqual([]);
  });

  it('pages through a day by time and id, even within one millisecond', async () => {
    const atMs = freshDay();
    const entries = [
      entryAt(atMs, 'b'),
      entryAt(atMs, 'c'),
      entryAt(atMs, 'a'),
      entryAt(atMs - 1, 'z'),
      entryAt(atMs + 1, 'y'),
    ];
    for (const entry of entries) await write(entry);
    const day = dayOf(atMs);
    expect(await pageOf(day, 10)).toEqual(['z', 'a', 'b', 'c', 'y']);
    expect(await pageOf(day, 2)).toEqual(['z', 'a']);
    expect(await pageOf(day, 2, entryAt(atMs, 'a'))).toEqual(['b', 'c']);
    expect(await pageOf(day, 2, entryAt(atMs, 'c'))).toEqual(['y']);
    expect(await pageOf(day, 2, entryAt(atMs + 1, 'y'))).toEqual([]);
  });

  it('sums by day, key, team and model', async () => {
    const atMs = freshDay();
    const day = dayOf(atMs);
    await write(entryAt(atMs, 'a'));
    await write(entryAt(atMs + 5, 'b'));
    await write(entryAt(atMs, 'c', { model: 'other', cost: null, scrubbed: {} }));
    await write(
      entryAt(atMs, 'd', { keyId: 'k2', team: 'a "team"', outcome: 'failed', status: 529 }),
    );
    await write(entryAt(atMs + DAY_MS, 'e'));
    const sums = await store.usage({ from: day, to: day });
    const group = { day, keyId: 'k1', team: '', model: 'm' };
    const twice = Object.fromEntries(
      Object.entries(ONCE).map(([name, count]) => [name, 2 * count]),
    );
    expect(sums.toSorted((a, b) => (a.keyId + a.model < b.keyId + b.model ? -1 : 1))).toEqual([
      { ...group, ...twice },
      { ...group, model: 'other', ...ONCE, cost: 0, unpriced: 1, scrubbed: 0 },
      { ...group, keyId: 'k2', team: 'a "team"', ...ONCE, failed: 1 },
    ]);
    expect(await store.usage({ from: day, to: dayOf(atMs + DAY_MS) })).toHaveLength(4);
  });

  it('writes an entry and its settlement once, however often it is retried', async () => {
    const atMs = freshDay();
    const budget = { account: `once-${atMs}`, endMs: atMs + DAY_MS, hold: 0 };
    const charge = { bucket: `once-${atMs}`, perMinute: 100, tokens: -7 };
    for (let attempts = 0; attempts < 3; attempts++) {
      await write(entryAt(atMs, 'a'), { budgets: [{ ...budget, cost: 5 }], charges: [charge] });
    }
    const day = dayOf(atMs);
    expect(await pageOf(day, 10)).toEqual(['a']);
    expect(await store.usage({ from: day, to: day })).toMatchObject([{ requests: 1, cost: 1_000 }]);
    const state = await store.reserve({
      nowMs: atMs,
      charges: [{ ...charge, tokens: 0 }],
      leases: [],
      budgets: [{ ...budget, max: 9 }],
      holder: 'probe',
      untilMs: atMs,
    });
    expect(state).toMatchObject({ left: [93], budgets: [{ spent: 5 }] });
  });
}

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
    const base = { charges: [], leases: [], budgets: [] };
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
    await store.settle({ nowMs: atMs, charges: [], leases: [], budgets: [], holder: 'a', entry });
    const redis = new Redis(server.url);
    const hours = async (name: string) => {
      return Math.round((await redis.pttl(`llmp:${name}:2028-01-01`)) / 3_600_000);
    };
    expect([await hours('ledger'), await hours('usage')]).toEqual([6 + 48, 6 + 5 * 24]);
    redis.disconnect();
  });
});
