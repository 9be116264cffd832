// What every store does with collections, documents and augmentations.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CollectionRecord, DocumentRecord } from '../../shared/retrieval/collections.ts';
import type { Store } from '../../shared/store/store.ts';

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
export const NOW_MS = 1_800_000_000_000;

export function collectionSuite(open: () => Promise<Store>): void {
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
