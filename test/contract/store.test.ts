// The contract every store keeps, against each adapter; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';

const RECORD: KeyRecord = { id: 'abc', hash: 'f00d', name: 'first "key" ü', createdAt: 1_700_000 };

/** `open` may be called again: it finds what was stored before. */
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

  it('still has the key when opened anew', async () => {
    const again = await open();
    expect(await again.keyByHash(RECORD.hash)).toEqual(RECORD);
    await again[Symbol.asyncDispose]();
  });
}

describe('the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-store-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  storeSuite(async () => openEmbeddedStore(join(directory, 'made', 'on demand')));
});

describeWith('redis-server')('the Redis store', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const options = { commandMs: 1_000, fault: () => {} };
  storeSuite(() => connectRedisStore({ ...options, url: server.url }));

  it('rejects at once, rather than wait, when there is no server', async () => {
    const url = 'redis://127.0.0.1:1';
    await expect(connectRedisStore({ ...options, url })).rejects.toThrow(/closed|refused/i);
  });

  it('is not ready, and no command hangs, once the server is gone', async () => {
    const own = await startRedisServer();
    const store = await connectRedisStore({ ...options, url: own.url });
    await own[Symbol.asyncDispose]();
    expect(await store.ready()).toBe(false);
    await expect(store.keyByHash('any')).rejects.toThrow(/closed|retries|timed out|writeable/i);
    await store[Symbol.asyncDispose]();
  });
});
