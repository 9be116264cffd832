// Migrating documents from another index while others change them.

import { describe, expect, it } from 'vitest';
import {
  migrateCollection,
  type MigrationResult,
} from '../../../../services/rag/ingest/migrate.ts';
import type { DocumentRecord } from '../../../../shared/retrieval/collections.ts';
import { MemoryIndex } from '../../../kit/passage-index.ts';
import { documentOf, passageOf } from '../../../kit/passages.ts';
import { ragWorker } from '../../../kit/retrieval.ts';

const COLLECTION = 'handbook';
const VECTOR = Float32Array.of(1, 2);

async function desk(model?: string) {
  const stageName = await ragWorker();
  const { store } = stageName;
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
    [Symbol.asyncDispose]: () => stageName[Symbol.asyncDispose](),
  };
}

const MISSING = { state: 'failed', error: 'not there', missing: true } as const;

describe('a document of another index', () => {
  it('is migrated unchanged, and ready again', async () => {
    await using own = await desk('m');
    await own.send('a', MISSING, 'm');
    expect(await own.migrate()).toEqual({ a: 'moved' });
    const [there, here] = [own.source, own.target];
    expect(await here.passages(COLLECTION, 'a')).toEqual(await there.passages(COLLECTION, 'a'));
    expect(await here.document(COLLECTION, 'a')).toEqual(await there.document(COLLECTION, 'a'));
    const record = await own.record('a');
    expect(record).toMatchObject({ state: 'ready' });
    expect(record).not.toHaveProperty('error');
    expect(record).not.toHaveProperty('missing');
  });

  it('is migrated once, however often that is tried', async () => {
    await using own = await desk();
    await own.send('a');
    await own.send('b', MISSING);
    expect(await own.migrate()).toEqual({ a: 'moved', b: 'moved' });
    expect(await own.migrate()).toEqual({ a: 'there', b: 'there' });
    expect((await own.target.passages(COLLECTION, 'a')).length).toBe(2);
  });

  it('becomes ready if an earlier run stopped after writing the index', async () => {
    await using own = await desk();
    await own.send('a', MISSING);
    await own.target.replace(documentOf('a', COLLECTION), [passageOf('apple')]);
    expect(await own.migrate()).toEqual({ a: 'there' });
    expect(await own.record('a')).toMatchObject({ state: 'ready' });
  });

  it.each([
    ['taken along where the model is the same', 'm', 'm', 'moved', VECTOR],
    ['taken along where no model is named', undefined, 'm', 'moved', VECTOR],
    ['left behind where they are of another model', 'other', 'm', 'wordsOnly', undefined],
    ['missed where there were none', 'm', undefined, 'wordsOnly', undefined],
  ])('has its vectors %s', async (_how, model, made, migrated, vector) => {
    await using own = await desk(model);
    await own.send('a', MISSING, made);
    expect(await own.migrate()).toEqual({ a: migrated });
    const [first] = await own.target.passages(COLLECTION, 'a');
    expect(first?.vector).toEqual(vector);
    expect((await own.target.document(COLLECTION, 'a'))?.model).toBe(vector && made);
  });

  it('is not migrated if its revision differs from the record', async () => {
    await using own = await desk();
    await own.send('a', { ...MISSING, revision: 'newer' });
    expect(await own.migrate()).toEqual({ a: 'absent' });
    expect(await own.target.documents(COLLECTION)).toEqual([]);
    expect(await own.record('a')).toMatchObject(MISSING);
  });

  it('replaces an older revision in the index in use', async () => {
    await using own = await desk();
    await own.send('a', MISSING);
    await own.target.replace(documentOf('a', COLLECTION, { revision: 'older' }), []);
    expect(await own.migrate()).toEqual({ a: 'moved' });
    expect(await own.target.passages(COLLECTION, 'a')).toHaveLength(2);
  });

  it('is searchable until its newer version is read, whose state is unchanged', async () => {
    await using own = await desk();
    await own.send('a', { state: 'failed', error: 'It is damaged.' });
    expect(await own.migrate()).toEqual({ a: 'moved' });
    expect(await own.record('a')).toMatchObject({ state: 'failed', error: 'It is damaged.' });
  });

  it('is ignored if it was never indexed or is being removed', async () => {
    await using own = await desk();
    await own.send('going', { state: 'removing' });
    await own.store.putDocument({
      collection: COLLECTION,
      id: 'new',
      name: 'new.md',
      hash: 'x',
      bytes: 1,
      createdAt: 0,
      state: 'waiting',
    });
    expect(await own.migrate()).toEqual({ going: 'unwritten', new: 'unwritten' });
    expect(await own.target.documents(COLLECTION)).toEqual([]);
  });

  it('does not overwrite concurrent writes of the gateway', async () => {
    await using own = await desk();
    await own.send('a', MISSING);
    const { target, source } = own;
    const passages = source.passages.bind(source);
    source.passages = async (...asked) => {
      await target.replace(documentOf('a', COLLECTION, { revision: 'newer' }), []);
      return await passages(...asked);
    };
    expect(await own.migrate()).toEqual({ a: 'changed' });
    expect((await target.document(COLLECTION, 'a'))?.revision).toBe('newer');
  });

  it('does not stay in the index if it is removed meanwhile', async () => {
    await using own = await desk();
    await own.send('a', MISSING);
    const { target, store } = own;
    const replace = target.replace.bind(target);
    target.replace = async (...words) => {
      await target.remove(COLLECTION, 'a');
      await store.dropDocument(COLLECTION, 'a');
      return await replace(...words);
    };
    expect(await own.migrate()).toEqual({ a: 'changed' });
    expect(await target.documents(COLLECTION)).toEqual([]);
  });
});
