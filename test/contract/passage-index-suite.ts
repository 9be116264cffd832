// The contract of every passage index, run against each adapter.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PassageIndex } from '../../services/rag/passage-index/passage-index.ts';
import { cosineOf, documentOf, idsOf, passageOf, passagesOf } from '../kit/passages.ts';
import { checkProperty } from '../kit/properties.ts';

export interface IndexedPlace extends AsyncDisposable {
  readonly index: PassageIndex;
  /** Integrity errors of a collection. */
  faults(collection: string): Promise<string[]>;
}

const never = new AbortController().signal;

export function passageIndexSuite(name: string, openPlace: () => Promise<IndexedPlace>): void {
  describe(`the passage index in ${name}`, () => {
    let opened: IndexedPlace;
    let index: PassageIndex;
    let collections = 0;
    /** Each test has its own collection. */
    const fresh = () => `c${(collections += 1)}`;
    beforeAll(async () => {
      opened = await openPlace();
      index = opened.index;
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    const search = (collection: string, question: string, limit = 10) =>
      index.searchWords(collection, question, limit, never);
    const near = (collection: string, vector: Float32Array, question = '', limit = 10) =>
      index.searchVectors(collection, { vector, question }, limit, never);
    const put = (collection: string, texts: Record<string, string>) =>
      Promise.all(
        Object.entries(texts).map(([id, text]) =>
          index.replace(documentOf(id, collection), [passageOf(text)]),
        ),
      );

    it('is ready', async () => {
      expect(await index.ready()).toBe(true);
    });

    it('returns the passages of a document unchanged and in order', async () => {
      const collection = fresh();
      const odd = { ...documentOf('odd \u0000 \ud800 é', collection), source: 'a "b"\\ \u0000' };
      const passages = Array.from({ length: 120 }, (_, at) =>
        passageOf(`text ${at} \u0000 \ud800 "quoted" 😀`, { headings: ['Top', `Part ${at}`] }),
      );
      await index.replace(odd, passages);
      const found = await index.passages(collection, odd.id);
      expect(found).toEqual(
        passages.map(({ text, headings }, position) => ({
          collection,
          documentId: odd.id,
          position,
          title: odd.title,
          source: odd.source,
          headings,
          text,
        })),
      );
    });

    it('returns vectors bit for bit, and none where there was none', async () => {
      const collection = fresh();
      const vector = Float32Array.of(0.1, -1e-20, 3e20, 1 / 3);
      const passages = [passageOf('with', { vector }), passageOf('without')];
      await index.replace(documentOf('a', collection), passages);
      const [first, second] = await index.passages(collection, 'a');
      expect(first?.vector).toEqual(vector);
      expect(second && 'vector' in second).toBe(false);
    });

    it('finds nothing in unknown collections and documents', async () => {
      expect(await index.passages('nowhere', 'a')).toEqual([]);
      expect(await search('nowhere', 'anything')).toEqual([]);
      expect(await near('nowhere', Float32Array.of(1, 0))).toEqual([]);
      await index.remove('nowhere', 'a');
      await index.drop('nowhere');
      const collection = fresh();
      await put(collection, { a: 'apple' });
      expect(await index.passages(collection, 'b')).toEqual([]);
      await index.remove(collection, 'b');
      expect(idsOf(await search(collection, 'apple'))).toEqual(['a']);
    });

    it('can be read while the first document of a collection is being written', async () => {
      for (let round = 0; round < 60; round += 1) {
        const collection = fresh();
        let isWritten = false;
        const written = put(collection, { first: 'heron' }).finally(() => {
          isWritten = true;
        });
        while (!isWritten) {
          expect([0, 1]).toContain((await index.passages(collection, 'first')).length);
        }
        await written;
        expect(idsOf(await search(collection, 'heron'))).toEqual(['first']);
      }
    });

    it('isolates collections in results, weights and removal', async () => {
      const [one, other] = [fresh(), fresh()];
      const vector = Float32Array.of(1, 0);
      await index.replace(documentOf('a', one), [passageOf('apple pie', { vector })]);
      const before = await search(one, 'apple tart');
      await index.replace(documentOf('a', other), [passageOf('apple tart', { vector })]);
      await index.replace(documentOf('b', other), [passageOf('apple cake', { vector })]);
      expect(await search(one, 'apple tart')).toEqual(before);
      expect(idsOf(await near(one, vector))).toEqual(['a']);
      await index.drop(other);
      expect(await search(other, 'apple')).toEqual([]);
      expect(await search(one, 'apple tart')).toEqual(before);
    });

    it.each([
      '../../etc/passwd',
      'a/b',
      '',
      'A',
      '~',
      'nul\u0000',
      'é'.repeat(1000),
      "x'; DROP",
      '😀',
    ])('accepts any collection name safely: %j', async (hostile) => {
      await put(hostile, { a: 'poison ivy' });
      expect(await search(hostile, 'ivy')).toMatchObject([{ passage: { collection: hostile } }]);
      expect(await search('a', 'ivy')).toEqual([]);
      await index.drop(hostile);
      expect(await search(hostile, 'ivy')).toEqual([]);
    });

    it('replaces a document completely', async () => {
      const collection = fresh();
      const vector = Float32Array.of(1, 0);
      await index.replace(documentOf('a', collection), [
        passageOf('old zebra', { vector }),
        ...passagesOf(5, 'zebra'),
      ]);
      await near(collection, vector);
      await index.replace(documentOf('a', collection), [passageOf('new quokka')]);
      expect(await search(collection, 'zebra')).toEqual([]);
      expect(await near(collection, vector)).toEqual([]);
      expect(await index.passages(collection, 'a')).toMatchObject([{ text: 'new quokka' }]);
      await index.replace(documentOf('a', collection), []);
      expect(await index.passages(collection, 'a')).toEqual([]);
      expect(await opened.faults(collection)).toEqual([]);
    });

    it('keeps the old document when the new one cannot be written', async () => {
      const collection = fresh();
      await put(collection, { a: 'old zebra' });
      const wrong = { vector: Float32Array.of(1, Number.NaN) };
      const passages = [passageOf('new quokka'), passageOf('new quokka', wrong)];
      await expect(index.replace(documentOf('a', collection), passages)).rejects.toThrow(
        'not a finite number',
      );
      expect(idsOf(await search(collection, 'zebra quokka'))).toEqual(['a']);
      expect(await search(collection, 'quokka')).toEqual([]);
    });

    it('removes one document and no other', async () => {
      const collection = fresh();
      const vector = Float32Array.of(0, 1);
      await index.replace(documentOf('a', collection), [passageOf('apple', { vector })]);
      await index.replace(documentOf('b', collection), [passageOf('apple', { vector })]);
      expect(await near(collection, vector)).toHaveLength(2);
      await index.remove(collection, 'a');
      expect(idsOf(await search(collection, 'apple'))).toEqual(['b']);
      expect(idsOf(await near(collection, vector))).toEqual(['b']);
      expect(await index.passages(collection, 'a')).toEqual([]);
      expect(await opened.faults(collection)).toEqual([]);
    });

    it('can refill a deleted collection', async () => {
      const collection = fresh();
      const vector = Float32Array.of(0, 1);
      await index.replace(documentOf('a', collection), [passageOf('apple', { vector })]);
      await near(collection, vector);
      await index.drop(collection);
      expect(await near(collection, vector)).toEqual([]);
      await index.replace(documentOf('b', collection), [passageOf('apple', { vector })]);
      expect(idsOf(await search(collection, 'apple'))).toEqual(['b']);
      expect(idsOf(await near(collection, vector))).toEqual(['b']);
    });

    it('finds words in headings and the title, in other forms and without accents', async () => {
      const collection = fresh();
      const passages = [passageOf('Nothing else', { headings: ['Travelling', 'Cafés'] })];
      await index.replace({ ...documentOf('a', collection), title: 'Reimbursement' }, passages);
      for (const question of ['travels', 'CAFE', 'reimbursements', 'How do I travel?']) {
        expect(idsOf(await search(collection, question)), question).toEqual(['a']);
      }
      expect(await search(collection, 'how do I?')).toEqual([]);
    });

    it('finds words of scripts without spaces', async () => {
      const collection = fresh();
      await put(collection, {
        ja: '東京都庁の人工知能について',
        zh: '数据库的连接超时设置',
        th: 'ภาษาไทยไม่มีเว้นวรรค',
        ko: '데이터베이스에서는 연결을 끊는다',
      });
      const questions = { ja: '人工知能', zh: '连接超时', th: 'ภาษาไทย', ko: '데이터베이스' };
      for (const [id, question] of Object.entries(questions)) {
        expect(idsOf(await search(collection, question))[0], question).toBe(id);
      }
    });

    it('finds identifiers and their parts', async () => {
      const collection = fresh();
      await put(collection, {
        camel: 'Call getUserById first.',
        snake: 'Set max_retry_count to three.',
        dotted: 'See server.http.port for it.',
        number: 'Fixed by CVE-2024-3094 in 5.6.1.',
      });
      const questions = {
        camel: ['getUserById', 'getuserbyid', 'user'],
        snake: ['max_retry_count', 'MAX_RETRY_COUNT', 'retry'],
        dotted: ['server.http.port', 'http'],
        number: ['CVE-2024-3094', '3094', '5.6.1'],
      };
      for (const [id, asked] of Object.entries(questions)) {
        for (const question of asked) {
          expect(idsOf(await search(collection, question)), question).toEqual([id]);
        }
      }
    });

    it('does not search for placeholders', async () => {
      const collection = fresh();
      await put(collection, { a: 'mail PII_EMAIL_q3kx7nzc pii email q3kx7nzc', b: 'refund' });
      expect(await search(collection, 'PII_EMAIL_q3kx7nzc')).toEqual([]);
      expect(await search(collection, 'refund for PII_EMAIL_q3kx7nzc')).toMatchObject([
        { passage: { documentId: 'b' }, coverage: 1 },
      ]);
    });

    it('ranks rare words above common ones, and repeated ones above single ones', async () => {
      const collection = fresh();
      const filler = Object.fromEntries(
        Array.from({ length: 30 }, (_, at) => [`f${at}`, `engine part number${at}`]),
      );
      await put(collection, {
        ...filler,
        once: 'the turbine engine and other parts of it',
        often: 'turbine blades, turbine shafts and turbine oil',
        short: 'turbine oil',
        rare: 'an ornithopter engine',
      });
      expect(idsOf(await search(collection, 'ornithopter engine'))[0]).toBe('rare');
      const turbines = idsOf(await search(collection, 'turbine'));
      expect(turbines[0]).toBe('often');
      expect(turbines.indexOf('short')).toBeLessThan(turbines.indexOf('once'));
      const hits = await search(collection, 'turbine engine', 5);
      expect(hits).toHaveLength(5);
      const scores = hits.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    });

    it('reports how much of a question a passage covers', async () => {
      const collection = fresh();
      await put(collection, {
        both: 'parental leave',
        one: 'annual leave',
        none: 'parking',
        ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f${at}`, `thing${at}`])),
      });
      const coverages = async (question: string) =>
        Object.fromEntries(
          (await search(collection, question)).map((hit) => [hit.passage.documentId, hit.coverage]),
        );
      expect(await coverages('parental leave')).toEqual({ both: 1, one: expect.closeTo(0.44, 1) });
      expect((await coverages('sourdough leave recipes'))['one']).toBeLessThan(0.35);
    });

    it('compares only vectors of the same dimensions, and reports coverage', async () => {
      const collection = fresh();
      await index.replace(documentOf('a', collection), [
        passageOf('two apples', { vector: Float32Array.of(1, 0) }),
        passageOf('three pears', { vector: Float32Array.of(1, 0, 0) }),
        passageOf('no fruit', { vector: Float32Array.of(0, 0) }),
      ]);
      const [hit, ...more] = await near(collection, Float32Array.of(2, 0), 'apples');
      expect(more).toEqual([]);
      expect(hit).toMatchObject({ passage: { text: 'two apples' }, coverage: 1 });
      expect(hit?.score).toBeCloseTo(1);
      expect(await near(collection, Float32Array.of(1))).toEqual([]);
      expect(await near(collection, Float32Array.of(0, 0))).toEqual([]);
      await expect(near(collection, Float32Array.of(Number.NaN))).rejects.toThrow(
        'not a finite number',
      );
    });

    it('finds the same nearest vectors as an exhaustive search', async () => {
      const numbers = fc.integer({ min: -80, max: 80 }).map((eighths) => eighths / 8);
      const vectors = fc
        .array(numbers, { minLength: 5, maxLength: 5 })
        .map((v) => Float32Array.from(v));
      await checkProperty(
        fc.asyncProperty(fc.array(vectors, { maxLength: 40 }), vectors, async (all, query) => {
          const collection = 'nearest';
          await index.replace(
            documentOf('a', collection),
            all.map((vector, at) => passageOf(String(at), { vector })),
          );
          const hits = await near(collection, query, '', 7);
          const hasLength = (vector: Float32Array) => vector.some((x) => x !== 0);
          const expected = hasLength(query)
            ? all.filter(hasLength).map((vector) => cosineOf(vector, query))
            : [];
          expected.sort((a, b) => b - a);
          expect(hits).toHaveLength(Math.min(7, expected.length));
          for (const [at, hit] of hits.entries())
            expect(hit.score).toBeCloseTo(expected[at] ?? 2, 4);
        }),
        { runs: 25 },
      );
    });

    it.each([
      '"',
      'apple" OR "x',
      'NEAR(apple pear, 2)',
      'apple* AND NOT pear',
      'terms:apple ^apple {x y}: z',
      "apple'; DROP TABLE words; --",
      'apple \u0000 \ud800 %_\\ $1 :a ?',
      '😀 apple 🍏',
      'apple '.repeat(170_000),
      `apple ${'x'.repeat(1_000_000)}`,
      `apple ${'a.'.repeat(500_000)}`,
    ])('treats a question as plain words: %#', async (question) => {
      const collection = 'hostile';
      await put(collection, { a: 'apple', b: 'unrelated' });
      const hits = idsOf(await search(collection, question));
      expect(hits).toEqual(question === '"' ? [] : ['a']);
      const vector = Float32Array.of(1, 1);
      await expect(near(collection, vector, question)).resolves.toEqual([]);
    });

    it('searches for the rarest of many words', async () => {
      const collection = fresh();
      const common = Array.from({ length: 40 }, (_, at) => `word${at}`).join(' ');
      await put(collection, { a: common, b: common, c: 'needle' });
      expect(idsOf(await search(collection, `${common} needle`))).toContain('c');
    });

    it('does not start when the signal is already aborted', async () => {
      const reason = new Error('left');
      const gone = AbortSignal.abort(reason);
      const query = { vector: Float32Array.of(1, 0), question: 'apple' };
      await expect(index.searchWords('c', 'apple', 10, gone)).rejects.toBe(reason);
      await expect(index.searchVectors('c', query, 10, gone)).rejects.toBe(reason);
    });

    it('rejects when the signal aborts', async () => {
      const collection = fresh();
      await put(collection, { a: 'apple' });
      const leaving = new AbortController();
      const searches = [1, 2, 3].map(() =>
        index.searchWords(collection, 'apple', 10, leaving.signal).catch((error: unknown) => error),
      );
      leaving.abort('gone');
      expect(await Promise.all(searches)).toEqual(['gone', 'gone', 'gone']);
      expect(idsOf(await search(collection, 'apple'))).toEqual(['a']);
    });
  });
}
