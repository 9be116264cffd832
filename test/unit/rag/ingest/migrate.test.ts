// Migrating documents from another index while others change them.

import { describe, expect, it } from 'vitest';
import {
  migrateCollection,
  type MigrationResult,
} from '../../../../services/rag/ingest/migrate.ts';
import type { DocumentRecord } from '../../../../shared/retrieval/collections.ts';
import { MemoryIndex } from '../../../kit/passage-index.ts';
import { documentOf, passageOf } from '../../../kit/passages.ts';
import { createRagHarness } from '../../../kit/retrieval.ts';

const COLLECTION = 'handbook';
const VECTOR = Float32Array.of(1, 2);

async function setUp(model?: string) {
  const rag = await createRagHarness();
  const { store } = rag;
  const [source, target] = [new MemoryIndex('source'), new MemoryIndex('target')];
  return {
    store,
    source,
    target,
    async send(id: string, more: Partial<DocumentRecord> = {}, vectorsOf?: string) {
      const document = documentOf(id, COLLECTION, vectorsOf ? { model: vectorsOf } : {});
      const vector = vectorsOf ? { vector: VECTOR } : {};
      await source.replace(document, [passageOf('apple', vector), passageOf('pear', vector)]);
      const { hash, revision } = document;
      const record = { collection: COLLECTION, id, name: `${id}.md`, hash, bytes: 1, createdAt: 0 };
      await store.putDocument({ ...record, state: 'ready', revision, ...more });
    },
    async migrate() {
      const results: Record<string, MigrationResult> = {};
      await migrateCollection(
        { collections: store, source, target, model },
        COLLECTION,
        ({ id }, migrated) => (results[id] = migrated),
      );
      return results;
    },
    record: (id: string) => store.document(COLLECTION, id),
    [Symbol.asyncDispose]: () => rag[Symbol.asyncDispose](),
  };
}

const MISSING = { state: 'failed', error: 'not there', missing: true } as const;

describe('a document of another index', () => {
  it('is migrated unchanged, and ready again', async () => {
    await using setup = await setUp('m');
    await setup.send('a', MISSING, 'm');
    expect(await setup.migrate()).toEqual({ a: 'moved' });
    const [there, here] = [setup.source, setup.target];
    expect(await here.passages(COLLECTION, 'a')).toEqual(await there.passages(COLLECTION, 'a'));
    expect(await here.document(COLLECTION, 'a')).toEqual(await there.document(COLLECTION, 'a'));
    const record = await setup.record('a');
    expect(record).toMatchObject({ state: 'ready' });
    expect(record).not.toHaveProperty('error');
    expect(record).not.toHaveProperty('missing');
  });

  it('is migrated once, however often that is tried', async () => {
    await using setup = await setUp();
    await setup.send('a');
    await setup.send('b', MISSING);
    expect(await setup.migrate()).toEqual({ a: 'moved', b: 'moved' });
    expect(await setup.migrate()).toEqual({ a: 'there', b: 'there' });
    expect((await setup.target.passages(COLLECTION, 'a')).length).toBe(2);
  });

  it('becomes ready if an earlier run stopped after writing the index', async () => {
    await using setup = await setUp();
    await setup.send('a', MISSING);
    await setup.target.replace(documentOf('a', COLLECTION), [passageOf('apple')]);
    expect(await setup.migrate()).toEqual({ a: 'there' });
    expect(await setup.record('a')).toMatchObject({ state: 'ready' });
  });

  it.each([
    ['copied if the model is the same', 'm', 'm', 'moved', VECTOR],
    ['copied if no model is configured', undefined, 'm', 'moved', VECTOR],
    ['dropped if they are from another model', 'other', 'm', 'wordsOnly', undefined],
    ['missing if there were none', 'm', undefined, 'wordsOnly', undefined],
  ])('has its vectors %s', async (_how, model, sourceModel, migrated, vector) => {
    await using setup = await setUp(model);
    await setup.send('a', MISSING, sourceModel);
    expect(await setup.migrate()).toEqual({ a: migrated });
    const [first] = await setup.target.passages(COLLECTION, 'a');
    expect(first?.vector).toEqual(vector);
    expect((await setup.target.document(COLLECTION, 'a'))?.model).toBe(vector && sourceModel);
  });

  it('is not migrated if its revision differs from the record', async () => {
    await using setup = await setUp();
    await setup.send('a', { ...MISSING, revision: 'newer' });
    expect(await setup.migrate()).toEqual({ a: 'absent' });
    expect(await setup.target.documents(COLLECTION)).toEqual([]);
    expect(await setup.record('a')).toMatchObject(MISSING);
  });

  it('replaces an older revision in the index in use', async () => {
    await using setup = await setUp();
    await setup.send('a', MISSING);
    await setup.target.replace(documentOf('a', COLLECTION, { revision: 'older' }), []);
    expect(await setup.migrate()).toEqual({ a: 'moved' });
    expect(await setup.target.passages(COLLECTION, 'a')).toHaveLength(2);
  });

  it('is searchable until its newer version is read, whose state is unchanged', async () => {
    await using setup = await setUp();
    await setup.send('a', { state: 'failed', error: 'It is damaged.' });
    expect(await setup.migrate()).toEqual({ a: 'moved' });
    expect(await setup.record('a')).toMatchObject({ state: 'failed', error: 'It is damaged.' });
  });

  it('is ignored if it was never indexed or is being removed', async () => {
    await using setup = await setUp();
    await setup.send('going', { state: 'removing' });
    await setup.store.putDocument({
      collection: COLLECTION,
      id: 'new',
      name: 'new.md',
      hash: 'x',
      bytes: 1,
      createdAt: 0,
      state: 'waiting',
    });
    expect(await setup.migrate()).toEqual({ going: 'unwritten', new: 'unwritten' });
    expect(await setup.target.documents(COLLECTION)).toEqual([]);
  });

  it('does not overwrite concurrent writes of the gateway', async () => {
    await using setup = await setUp();
    await setup.send('a', MISSING);
    const { target, source } = setup;
    const passages = source.passages.bind(source);
    source.passages = async (...args) => {
      await target.replace(documentOf('a', COLLECTION, { revision: 'newer' }), []);
      return await passages(...args);
    };
    expect(await setup.migrate()).toEqual({ a: 'changed' });
    expect((await target.document(COLLECTION, 'a'))?.revision).toBe('newer');
  });

  it('does not stay in the index if it is removed meanwhile', async () => {
    await using setup = await setUp();
    await setup.send('a', MISSING);
    const { target, store } = setup;
    const replace = target.replace.bind(target);
    target.replace = async (...args) => {
      await target.remove(COLLECTION, 'a');
      await store.deleteDocument(COLLECTION, 'a');
      return await replace(...args);
    };
    expect(await setup.migrate()).toEqual({ a: 'changed' });
    expect(await target.documents(COLLECTION)).toEqual([]);
  });
});
