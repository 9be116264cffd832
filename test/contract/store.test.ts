// The contract of every store, run against each of them; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { describeWith } from '../kit/describe-with.ts';
import { openAtOnce } from '../kit/opening-threads.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';
import { RECORD, storeSuite } from './store-suite.ts';

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
