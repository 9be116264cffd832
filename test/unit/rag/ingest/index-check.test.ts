// Records whose documents are missing from the index in use, and documents that reappear.

import { describe, expect, it, vi } from 'vitest';
import { startIndexCheck } from '../../../../services/rag/ingest/index-check.ts';
import type { DocumentRecord } from '../../../../shared/retrieval/collections.ts';
import { limits } from '../../../../shared/limits.ts';
import type { Store } from '../../../../shared/store/store.ts';
import { MemoryIndex } from '../../../kit/passage-index.ts';
import { documentOf, passageOf } from '../../../kit/passages.ts';
import { collectionNamed, createRagHarness } from '../../../kit/retrieval.ts';

const COLLECTION = 'handbook';

/** Ready, and stored in each of these indexes. */
async function addIndexed(store: Store, id: string, ...indexes: MemoryIndex[]) {
  const document = documentOf(id, COLLECTION);
  for (const index of indexes) await index.replace(document, [passageOf('apple')]);
  await store.putDocument(recordOf(id));
}

function recordOf(id: string, more: Partial<DocumentRecord> = {}): DocumentRecord {
  const { hash, revision } = documentOf(id, COLLECTION);
  const named = { collection: COLLECTION, id, name: `${id}.md`, hash, bytes: 1 };
  return { ...named, state: 'ready', passages: 1, revision, createdAt: 0, ...more };
}

async function setUp() {
  const rag = await createRagHarness();
  const { store, clock } = rag;
  const errors: unknown[] = [];
  const reported: unknown[] = [];
  return {
    store,
    errors,
    reported,
    check: (index: MemoryIndex) =>
      startIndexCheck({
        collections: store,
        index,
        clock,
        limits,
        onError: (error) => void errors.push(error),
        documentsMissing: (facts) => void reported.push(facts),
      }),
    advance: (ms: number) => clock.advance(ms),
    state: async (id: string) => (await store.document(COLLECTION, id))?.state,
    [Symbol.asyncDispose]: () => rag[Symbol.asyncDispose](),
  };
}

const { changedMs, freshMs } = limits.indexCheck;

describe('the check of the index in use', () => {
  it('marks a document missing from the index as failed, says why, and logs it once', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex('another place');
    await addIndexed(setup.store, 'here', index);
    await addIndexed(setup.store, 'lost');
    const before = (await setup.store.collection(COLLECTION))?.revision ?? 0;
    using check = setup.check(index);
    expect(await check.missing(COLLECTION)).toBe(1);
    expect(await setup.state('here')).toBe('ready');
    expect(await setup.store.document(COLLECTION, 'lost')).toMatchObject({
      state: 'failed',
      missing: true,
      error: expect.stringMatching(/not in the index in use \(another place\): add the file again/),
    });
    expect((await setup.store.collection(COLLECTION))?.revision).toBe(before + 1);
    setup.advance(freshMs);
    expect(await check.missing(COLLECTION)).toBe(1);
    expect(setup.reported).toMatchObject([
      { collection: COLLECTION, documents: 1, index: 'another place' },
    ]);
    await expect(check.requireAll([COLLECTION])).rejects.toThrow('1 documents are not in');
    await check.requireAll(['another']);
  });

  it('marks a document failed if the index holds another revision', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    await index.replace(documentOf('a', COLLECTION, { revision: 'older' }), [passageOf('apple')]);
    await setup.store.putDocument(recordOf('a'));
    using check = setup.check(index);
    expect(await check.missing(COLLECTION)).toBe(1);
    expect(await setup.state('a')).toBe('failed');
  });

  it('ignores documents that are still being processed', async () => {
    await using setup = await setUp();
    await setup.store.putDocument(recordOf('a', { state: 'indexing' }));
    await setup.store.putDocument(recordOf('b', { state: 'failed', error: 'It is damaged.' }));
    using check = setup.check(new MemoryIndex());
    expect(await check.missing(COLLECTION)).toBe(0);
    expect(await setup.state('a')).toBe('indexing');
    expect(await setup.store.document(COLLECTION, 'b')).toEqual(
      recordOf('b', { state: 'failed', error: 'It is damaged.' }),
    );
  });

  it('ignores a document that was written during the check', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    const all = index.documents.bind(index);
    index.documents = async (collection) => {
      const documents = await all(collection);
      await addIndexed(setup.store, 'late', index);
      return documents;
    };
    using check = setup.check(index);
    expect(await check.missing(COLLECTION)).toBe(0);
    expect(await setup.state('late')).toBe('ready');
  });

  it('marks a document ready again when it reappears', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    await addIndexed(setup.store, 'a', index);
    {
      using check = setup.check(new MemoryIndex('empty'));
      expect(await check.missing(COLLECTION)).toBe(1);
    }
    using check = setup.check(index);
    expect(await check.missing(COLLECTION)).toBe(0);
    const again = await setup.store.document(COLLECTION, 'a');
    expect(again).toEqual(recordOf('a'));
  });

  it('notices that the index was emptied, and filled again', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    await addIndexed(setup.store, 'a', index);
    using check = setup.check(index);
    expect(await check.missing(COLLECTION)).toBe(0);
    await index.drop(COLLECTION);
    setup.advance(freshMs);
    await vi.waitFor(async () => expect(await setup.state('a')).toBe('failed'));
    await index.replace(documentOf('a', COLLECTION), [passageOf('apple')]);
    setup.advance(freshMs);
    await vi.waitFor(async () => expect(await setup.state('a')).toBe('ready'));
  });

  it('prevents processes with different indexes from undoing each other', async () => {
    await using setup = await setUp();
    const [one, other] = [new MemoryIndex('one'), new MemoryIndex('other')];
    using first = setup.check(one);
    using second = setup.check(other);
    await first.missing(COLLECTION);
    await second.missing(COLLECTION);
    await addIndexed(setup.store, 'a', one);
    await setup.store.touchCollection(COLLECTION);
    for (let round = 0; round < 5; round += 1) {
      setup.advance(changedMs);
      expect(await first.missing(COLLECTION)).toBe(0);
      expect(await second.missing(COLLECTION)).toBe(1);
      expect(await setup.state('a')).toBe('failed');
    }
  });

  it('checks other collections when one cannot be read', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    await setup.store.putCollection(collectionNamed('a-broken-one'));
    await addIndexed(setup.store, 'lost');
    index.documents = (collection) =>
      collection === COLLECTION ? Promise.resolve([]) : Promise.reject(new Error('damaged'));
    using check = setup.check(index);
    await expect(check.missing('a-broken-one')).rejects.toThrow('damaged');
    await vi.waitFor(async () => expect(await setup.state('lost')).toBe('failed'));
    await vi.waitFor(() => expect(setup.errors.map(String)).toEqual(['Error: damaged']));
  });

  it('changes nothing while the index is down, and reports it once', async () => {
    await using setup = await setUp();
    const index = new MemoryIndex();
    await addIndexed(setup.store, 'a', index);
    index.documents = () => Promise.reject(new Error('no result'));
    using check = setup.check(index);
    await expect(check.missing(COLLECTION)).rejects.toThrow('no result');
    for (let round = 0; round < 3; round += 1) {
      setup.advance(freshMs);
      await expect(check.missing(COLLECTION)).rejects.toThrow('no result');
    }
    expect(await setup.state('a')).toBe('ready');
    expect(setup.errors.map(String)).toEqual(['Error: no result']);
  });
});
