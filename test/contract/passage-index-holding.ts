// The passage index contract, part two: which documents and revisions an index holds.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PassageIndex } from '../../services/rag/passage-index/passage-index.ts';
import { documentOf, idsOf, passageOf, passagesOf } from '../kit/passages.ts';
import type { IndexedPlace } from './passage-index-suite.ts';

const never = new AbortController().signal;

export function holdingSuite(name: string, openPlace: () => Promise<IndexedPlace>): void {
  describe(`what the passage index in ${name} holds`, () => {
    let opened: IndexedPlace;
    let index: PassageIndex;
    let collections = 0;
    const fresh = () => `h${(collections += 1)}`;
    beforeAll(async () => {
      opened = await openPlace();
      index = opened.index;
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    const search = async (collection: string, question: string) =>
      idsOf(await index.searchWords(collection, question, 10, never));

    it('has a place, which is shown without a password', () => {
      expect(index.place).toMatch(/^(SQLite in|Postgres)/);
      expect(index.place).not.toContain('@');
    });

    it('has nothing of unknown collections and documents', async () => {
      expect(await index.documents('nowhere')).toEqual([]);
      expect(await index.document('nowhere', 'a')).toBeUndefined();
      const collection = fresh();
      await index.replace(documentOf('a', collection), []);
      expect(await index.document(collection, 'b')).toBeUndefined();
    });

    it('is returned as it was written, whatever its names', async () => {
      const collection = fresh();
      const odd = documentOf('odd \u0000 \ud800 é', collection, {
        title: 'a "b"\\ \u0000',
        revision: '\ud800',
        model: 'some/model:1',
      });
      await index.replace(odd, [passageOf('apple')]);
      expect(await index.document(collection, odd.id)).toEqual(odd);
      expect(await index.documents(collection)).toEqual([{ id: odd.id, revision: odd.revision }]);
    });

    it('includes documents without passages', async () => {
      const collection = fresh();
      await index.replace(documentOf('empty', collection), []);
      await index.replace(documentOf('full', collection), [passageOf('apple')]);
      const ids = (await index.documents(collection)).map(({ id }) => id);
      expect(ids.toSorted()).toEqual(['empty', 'full']);
      expect(await index.document(collection, 'empty')).toEqual(documentOf('empty', collection));
    });

    it('is only the latest revision, and nothing removed or deleted', async () => {
      const collection = fresh();
      const second = documentOf('a', collection, { revision: 'second' });
      await index.replace(documentOf('a', collection), [passageOf('apple')]);
      await index.replace(documentOf('b', collection), []);
      await index.replace(second, passagesOf(3, 'pear'));
      expect(await index.document(collection, 'a')).toEqual(second);
      await index.remove(collection, 'b');
      expect(await index.documents(collection)).toEqual([{ id: 'a', revision: 'second' }]);
      await index.drop(collection);
      expect(await index.documents(collection)).toEqual([]);
      await index.replace(second, [passageOf('pear')]);
      expect(await index.documents(collection)).toHaveLength(1);
    });

    it('is replaced only if the given revision matches', async () => {
      const collection = fresh();
      const writing = (revision: string) => documentOf('a', collection, { revision });
      const [first, second, third] = [writing('first'), writing('second'), writing('third')];
      expect(await index.replace(first, [passageOf('apple')], 'other')).toBe(false);
      expect(await index.documents(collection)).toEqual([]);
      expect(await index.replace(first, [passageOf('apple')], null)).toBe(true);
      expect(await index.replace(second, [passageOf('pear')], null)).toBe(false);
      expect(await search(collection, 'apple pear')).toEqual(['a']);
      expect(await search(collection, 'pear')).toEqual([]);
      expect(await index.replace(second, [passageOf('pear')], 'first')).toBe(true);
      expect(await index.replace(third, [passageOf('plum')], 'first')).toBe(false);
      expect(await index.document(collection, 'a')).toEqual(second);
      expect(await opened.faults(collection)).toEqual([]);
    });

    it('accepts one of several concurrent writes over the same revision', async () => {
      const collection = fresh();
      const done = await Promise.all(
        ['one', 'two', 'three', 'four'].map((revision) =>
          index.replace(documentOf('a', collection, { revision }), passagesOf(5, 'apple'), null),
        ),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await index.passages(collection, 'a')).toHaveLength(5);
    });

    it('is removed only if the given revision matches', async () => {
      const collection = fresh();
      await index.replace(documentOf('a', collection), [passageOf('apple')]);
      await index.remove(collection, 'a', 'other');
      expect(await search(collection, 'apple')).toEqual(['a']);
      await index.remove(collection, 'a', documentOf('a', collection).revision);
      expect(await search(collection, 'apple')).toEqual([]);
      expect(await index.documents(collection)).toEqual([]);
      await index.remove(collection, 'a', 'other');
    });
  });
}
