// The contract of collections, documents and augmentations, run against each store; Redis is a real server.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CollectionRecord, DocumentRecord } from '../../shared/retrieval/collections.ts';
import { openEmbeddedAugmentations } from '../../shared/store/embedded-augmentations.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';

const COLLECTION: CollectionRecord = {
  name: 'handbook',
  createdAt: 1_700_000_000_000,
  revision: 1_700_000_000_000,
  team: 'staff ü',
  scrub: true,
  inject: 'search_result',
  citations: true,
  passagesMax: 5,
  tokensMax: 2_000,
  coverageMin: 0.35,
  deadlineMs: 2_000,
  onError: 'open',
};
const DOCUMENT: DocumentRecord = {
  collection: 'handbook',
  id: 'doc_b',
  name: 'leave/ünpaid.md',
  hash: 'f00d',
  bytes: 12,
  state: 'waiting',
  createdAt: 1_700_000_000_001,
};
const NOW_MS = 1_800_000_000_000;

function suite(open: () => Promise<Store>): void {
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    store = await open();
    other = await open();
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  it('returns a collection as it was written, to every connection', async () => {
    await store.putCollection(COLLECTION);
    expect(await other.collection('handbook')).toEqual(COLLECTION);
    expect(await other.collection('hand')).toBeUndefined();
  });

  it('lists collections by name, page by page', async () => {
    await store.putCollection({ ...COLLECTION, name: 'faq' });
    await store.putCollection({ ...COLLECTION, name: 'prices' });
    const names = async (page: Parameters<Store['listCollections']>[0]) =>
      (await store.listCollections(page)).map(({ name }) => name);
    expect(await names({ limit: 2 })).toEqual(['faq', 'handbook']);
    expect(await names({ limit: 9, after: 'handbook' })).toEqual(['prices']);
    expect(await names({ limit: 9, after: 'gone' })).toEqual(['handbook', 'prices']);
  });

  it('increments the revision of a collection, and keeps it when settings change', async () => {
    await store.touchCollection('handbook');
    await other.touchCollection('handbook');
    await store.putCollection({ ...COLLECTION, passagesMax: 3 });
    const found = await store.collection('handbook');
    expect(found).toEqual({ ...COLLECTION, passagesMax: 3, revision: COLLECTION.revision + 2 });
    await store.touchCollection('nobody');
    expect(await store.collection('nobody')).toBeUndefined();
  });

  it('returns documents, and lists those of one collection by id', async () => {
    await store.putDocument(DOCUMENT);
    await store.putDocument({ ...DOCUMENT, id: 'doc_a', progress: 0.5, error: 'no', indexedAt: 1 });
    await store.putDocument({ ...DOCUMENT, collection: 'faq', id: 'doc_c' });
    expect(await other.document('handbook', 'doc_b')).toEqual(DOCUMENT);
    expect(await other.document('faq', 'doc_b')).toBeUndefined();
    const ids = async (after?: string) =>
      (await store.listDocuments('handbook', { limit: 9, ...(after ? { after } : {}) })).map(
        ({ id }) => id,
      );
    expect(await ids()).toEqual(['doc_a', 'doc_b']);
    expect(await ids('doc_a')).toEqual(['doc_b']);
  });

  it('loses no concurrent update of a document', async () => {
    await store.putDocument({ ...DOCUMENT, passages: 0 });
    const add = (at: Store) =>
      at.updateDocument('handbook', 'doc_b', (record) => ({
        ...record,
        passages: (record.passages ?? 0) + 1,
      }));
    await Promise.all(Array.from({ length: 10 }, (_, at) => add(at % 2 === 0 ? store : other)));
    expect((await store.document('handbook', 'doc_b'))?.passages).toBe(10);
    expect(await store.updateDocument('handbook', 'doc_z', (record) => record)).toBeUndefined();
  });

  it('deletes a document, and a collection with all its documents and nothing else', async () => {
    await store.deleteDocument('handbook', 'doc_a');
    expect(await store.document('handbook', 'doc_a')).toBeUndefined();
    await store.deleteCollection('handbook');
    expect(await other.collection('handbook')).toBeUndefined();
    expect(await other.listDocuments('handbook', { limit: 9 })).toEqual([]);
    expect(await other.document('faq', 'doc_c')).toBeDefined();
  });

  it('keeps the first of two augmentations for a turn, and returns it to both', async () => {
    const kept = { nowMs: NOW_MS, ttlMs: 60_000 };
    expect(await store.saveAugmentation('t:1', 'first "ü"', kept)).toBe('first "ü"');
    expect(await other.saveAugmentation('t:1', 'second', kept)).toBe('first "ü"');
    expect(await other.augmentations(['t:2', 't:1'], NOW_MS + 1, 60_000)).toEqual([
      undefined,
      'first "ü"',
    ]);
    expect(await store.augmentations([], NOW_MS, 60_000)).toEqual([]);
  });

  it('replaces an augmentation only if it is the expected one', async () => {
    const kept = { nowMs: NOW_MS, ttlMs: 60_000 };
    await store.saveAugmentation('t:3', 'old', kept);
    expect(await store.saveAugmentation('t:3', 'new', { ...kept, instead: 'older' })).toBe('old');
    expect(await store.saveAugmentation('t:3', 'new', { ...kept, instead: 'old' })).toBe('new');
    expect(await other.augmentations(['t:3'], NOW_MS, 60_000)).toEqual(['new']);
  });
}

describe('collections in the embedded store in its thread', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-thread-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  suite(() => openThreadedStore(directory, limits.store));
});

describe('collections in the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-collections-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  suite(async () => openEmbeddedStore(directory, limits.store));

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
  suite(() =>
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
