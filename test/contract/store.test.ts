// The contract of every store, run against each of them; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { KeyPage, KeyRecord, Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { openAtOnce } from '../kit/opening-threads.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';

const RECORD: KeyRecord = { id: 'abc', hash: 'f00d', name: 'first "key" ü', createdAt: 1_700_000 };
const FULL: Required<KeyRecord> = {
  id: 'xyz',
  hash: 'fade',
  name: 'full',
  createdAt: 1_700_001,
  team: 'team ü',
  models: ['claude-a', 'claude-b'],
  policy: 'strict',
  collections: ['handbook', 'faq'],
  cacheMs: 60_000,
  expiresAt: 1_900_000_000_001,
  disabledAt: 1_800_000_000_002,
  lineageId: 'first',
  rotatedAt: 1_800_000_000_003,
  replacedBy: 'abc',
  limits: { requestsPerMinute: 5, concurrentRequests: 2 },
};

/** `open` may be called again and finds the same data. */
function storeSuite(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  it('has no keys at first', async () => {
    expect(await store.hasKeys()).toBe(false);
    expect(await store.keyByHash(RECORD.hash)).toBeUndefined();
    expect(await store.ready()).toBe(true);
  });

  it('finds a key by its hash, once added', async () => {
    await store.addKey(RECORD);
    expect(await store.keyByHash(RECORD.hash)).toEqual(RECORD);
    expect(await store.keyByHash('f00')).toBeUndefined();
    expect(await store.hasKeys()).toBe(true);
  });

  it('changes nothing when the same hash is added again', async () => {
    await store.addKey({ ...RECORD, name: 'another' });
    expect(await store.keyByHash(RECORD.hash)).toEqual(RECORD);
  });

  it('finds a key by its id', async () => {
    expect(await store.keyById(RECORD.id)).toEqual(RECORD);
    expect(await store.keyById('ab')).toBeUndefined();
    expect(await store.keyById('abcd')).toBeUndefined();
  });

  it('keeps every field of a record', async () => {
    await store.addKey(FULL);
    expect(await store.keyByHash(FULL.hash)).toEqual(FULL);
    expect(await store.keyById(FULL.id)).toEqual(FULL);
  });

  it('keeps a response until it expires, and only the newest', async () => {
    const response = { storedAtMs: Date.now(), message: '{"text":"ü \\u0000 \ud83d\ude00"}' };
    const nowMs = response.storedAtMs;
    expect(await store.cachedResponse('k1', nowMs)).toBeUndefined();
    await store.saveResponse('k1', response, 60_000);
    expect(await store.cachedResponse('k1', nowMs)).toEqual(response);
    expect(await store.cachedResponse('k1', nowMs + 59_999)).toEqual(response);
    expect(await store.cachedResponse('k1', nowMs + 60_000)).toBeUndefined();
    expect(await store.cachedResponse('k2', nowMs)).toBeUndefined();
    await store.saveResponse('k1', { ...response, message: '{}' }, 60_000);
    expect((await store.cachedResponse('k1', nowMs))?.message).toBe('{}');
  });

  it('lists keys by id, a page at a time', async () => {
    await store.addKey({ ...RECORD, id: 'Zoe', hash: 'c0de' });
    const ids = async (page: KeyPage) => (await store.listKeys(page)).map(({ id }) => id);
    expect(await ids({ limit: 10 })).toEqual(['Zoe', 'abc', 'xyz']);
    expect(await ids({ limit: 2 })).toEqual(['Zoe', 'abc']);
    expect(await ids({ limit: 2, after: 'abc' })).toEqual(['xyz']);
    expect(await ids({ limit: 2, after: 'ab' })).toEqual(['abc', 'xyz']);
    expect(await ids({ limit: 2, after: 'xyz' })).toEqual([]);
  });

  it('updates a record and returns the result', async () => {
    const changed = await store.updateKey('xyz', (record) => ({ ...record, disabledAt: 9 }));
    expect(changed).toEqual({ ...FULL, disabledAt: 9 });
    expect(await store.keyByHash(FULL.hash)).toEqual(changed);
  });

  it('does not update an unknown key, and adds no successor then', async () => {
    const successor = { ...RECORD, id: 'new', hash: 'beef' };
    expect(await store.updateKey('nobody', (record) => record, successor)).toBeUndefined();
    expect(await store.keyById('new')).toBeUndefined();
  });

  it('stores neither the update nor the successor when the change throws', async () => {
    const successor = { ...RECORD, id: 'new', hash: 'beef' };
    const refuse = () => {
      throw new RangeError('no');
    };
    await expect(store.updateKey('abc', refuse, successor)).rejects.toThrow(RangeError);
    expect(await store.keyById('new')).toBeUndefined();
    expect(await store.keyById('abc')).toEqual(RECORD);
  });

  it('lets exactly one of many concurrent updates win', async () => {
    const other = await open();
    const claims = Array.from({ length: 12 }, (_, at) => {
      const successor = { ...RECORD, id: `next${at}`, hash: `cafe${at}` };
      return (at % 2 ? store : other).updateKey(
        'Zoe',
        (record) => {
          if (record.replacedBy !== undefined) throw new RangeError('taken');
          return { ...record, replacedBy: successor.id };
        },
        successor,
      );
    });
    const results = await Promise.allSettled(claims);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { replacedBy } = (await store.keyById('Zoe')) ?? {};
    const added = (await store.listKeys({ limit: 50, after: 'n' })).map(({ id }) => id);
    expect(added.filter((id) => id.startsWith('next'))).toEqual([replacedBy]);
    await other[Symbol.asyncDispose]();
  });

  it('keeps the limits of a team, and replaces all of them', async () => {
    expect(await store.teamLimits('team ü')).toBeUndefined();
    await store.setTeamLimits('team ü', { requestsPerMinute: 5, outputTokensPerMinute: 7 });
    await store.setTeamLimits('team ü', { concurrentRequests: 2 });
    expect(await store.teamLimits('team ü')).toEqual({ concurrentRequests: 2 });
    expect(await store.teamLimits('team')).toBeUndefined();
  });

  it('still has the key when opened again', async () => {
    const again = await open();
    expect(await again.keyByHash(RECORD.hash)).toEqual(RECORD);
    await again[Symbol.asyncDispose]();
  });
}

describe('the embedded store in its thread', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-thread-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  storeSuite(() => openThreadedStore(directory, limits.store));
});

describe('the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-store-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  storeSuite(async () => openEmbeddedStore(join(directory, 'made', 'on demand'), limits.store));

  it('can be opened by several threads at once, in a new directory and beside the queue', async () => {
    expect(
      await openAtOnce({ directory: join(directory, 'at-once'), rounds: 40, threads: 3 }),
    ).toEqual([]);
  });

  it('migrates the keys of earlier versions', async () => {
    const old = new DatabaseSync(join(directory, 'llmp.db'));
    old.exec(`
      CREATE TABLE keys (hash TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL,
        created_at INTEGER NOT NULL) STRICT;
      INSERT INTO keys VALUES ('f00d', 'abc', 'first "key" ü', 1700000);
    `);
    old.close();
    const store = openEmbeddedStore(directory, limits.store);
    expect(await store.keyByHash(RECORD.hash)).toEqual(RECORD);
    expect(await store.listKeys({ limit: 10 })).toEqual([RECORD]);
    const revoked = { ...RECORD, disabledAt: 5 };
    expect(await store.updateKey('abc', () => revoked)).toEqual(revoked);
    await store[Symbol.asyncDispose]();
    const again = openEmbeddedStore(directory, limits.store);
    expect(await again.keyById('abc')).toEqual(revoked);
    await again[Symbol.asyncDispose]();
  });
});

describeWith('redis-server')('the Redis store', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const options = { commandMs: 1_000, retention: limits.store.ledger, onError: () => {} };
  storeSuite(() => connectRedisStore({ ...options, url: server.url }));

  it('rejects immediately when there is no server', async () => {
    const url = 'redis://127.0.0.1:1';
    await expect(connectRedisStore({ ...options, url })).rejects.toThrow(/closed|refused/i);
  });

  it('is not ready, and no command hangs, when the server is gone', async () => {
    const own = await startRedisServer();
    const store = await connectRedisStore({ ...options, url: own.url });
    await own[Symbol.asyncDispose]();
    expect(await store.ready()).toBe(false);
    await expect(store.keyByHash('any')).rejects.toThrow(/closed|retries|timed out|writeable/i);
    await store[Symbol.asyncDispose]();
  });
});
