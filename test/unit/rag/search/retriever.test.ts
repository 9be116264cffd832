import { describe, expect, it } from 'vitest';
import { EmbeddingError } from '../../../../services/rag/vectors/embedding-error.ts';
import type { Embedder } from '../../../../services/rag/vectors/embeddings.ts';
import { createRetriever } from '../../../../services/rag/search/retriever.ts';
import { limits } from '../../../../shared/limits.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { createMeanings, meaningOf } from '../../../kit/meanings.ts';
import { MemoryIndex } from '../../../kit/passage-index.ts';
import { documentOf } from '../../../kit/passages.ts';

const never = new AbortController().signal;
const STAFF = { name: 'staff', coverageMin: 0.5 };
const PETS = { name: 'pets', coverageMin: 0.5 };

/** An index with one document per text. */
async function indexOf(
  textsByCollection: Record<string, readonly string[]>,
  unrelated = 0,
): Promise<MemoryIndex> {
  const index = new MemoryIndex();
  for (const [collection, texts] of Object.entries(textsByCollection)) {
    for (const [place, text] of texts.entries()) {
      const document = documentOf(`${place}`, collection, { title: '' });
      await index.replace(document, [{ text, headings: [], vector: meaningOf(text, unrelated) }]);
    }
  }
  return index;
}

function retrieverOf(
  index: MemoryIndex,
  embedder?: Embedder,
  clock: FakeClock = createFakeClock(),
) {
  const errors: unknown[] = [];
  const retrieve = createRetriever({
    index,
    embedder,
    clock,
    limits: limits.embeddings,
    onError: (error) => void errors.push(error),
  });
  const texts = async (question: string, collections = [STAFF], limit = 5, signal = never) =>
    (await retrieve(question, collections, limit, signal)).map(({ text }) => text);
  return { retrieve, texts, errors };
}

const HANDBOOK = [
  'Vacation: each employee has thirty days a year.',
  'Wages are transferred on the last working day.',
  'The canteen is open from noon.',
];

describe('a retriever of words', () => {
  it('returns passages that cover enough of the question, with their source', async () => {
    const { retrieve } = retrieverOf(await indexOf({ staff: HANDBOOK }));
    expect(await retrieve('canteen open', [STAFF], 5, never)).toEqual([
      {
        collection: 'staff',
        documentId: '2',
        position: 0,
        title: '',
        source: '2.md',
        headings: [],
        text: 'The canteen is open from noon.',
      },
    ]);
  });

  it('returns nothing rather than passages that cover too little', async () => {
    const { texts } = retrieverOf(await indexOf({ staff: HANDBOOK }));
    const question = 'will an observatory telescope pavilion open tonight';
    expect(await texts(question)).toEqual([]);
    expect(await texts(question, [{ ...STAFF, coverageMin: 0.05 }])).toHaveLength(1);
  });

  it('returns nothing without a question, collections or a limit', async () => {
    const { texts } = retrieverOf(await indexOf({ staff: HANDBOOK }));
    expect(await texts(' \n')).toEqual([]);
    expect(await texts('canteen', [])).toEqual([]);
    expect(await texts('canteen', [STAFF], 0)).toEqual([]);
  });

  it('alternates between the named collections', async () => {
    const { texts } = retrieverOf(
      await indexOf({
        staff: ['red bicycle one', 'red bicycle two', 'red bicycle three'],
        pets: ['red bicycle four'],
        secret: ['red bicycle five'],
      }),
    );
    expect(await texts('red bicycle', [STAFF, PETS], 3)).toEqual([
      'red bicycle one',
      'red bicycle four',
      'red bicycle two',
    ]);
  });

  it('ranks the collection that covers more of the question first', async () => {
    const { texts } = retrieverOf(
      await indexOf({ staff: ['red bicycle'], pets: ['red bicycle bell'] }),
    );
    expect(await texts('red bicycle bell', [STAFF, PETS])).toEqual([
      'red bicycle bell',
      'red bicycle',
    ]);
  });

  it("applies each collection's own gate", async () => {
    const { texts } = retrieverOf(
      await indexOf({ staff: ['red bicycle'], pets: ['red tricycle'] }),
    );
    const gates = [
      { ...STAFF, coverageMin: 0.9 },
      { ...PETS, coverageMin: 0.1 },
    ];
    expect(await texts('red thing', gates)).toEqual(['red tricycle']);
  });

  it('returns a text once, however many documents and collections have it', async () => {
    const { texts } = retrieverOf(
      await indexOf({ staff: ['red bicycle', 'red bicycle'], pets: ['red bicycle', 'red bell'] }),
    );
    expect(await texts('red', [STAFF, PETS])).toEqual(['red bicycle', 'red bell']);
  });

  it('fails when the index does, without waiting for the embedder', async () => {
    const index = await indexOf({ staff: HANDBOOK });
    index.searchWords = () => Promise.reject(new Error('disk'));
    const hanging = createMeanings(0, (_texts, signal) => untilAborted(signal));
    const { texts, errors } = retrieverOf(index, hanging);
    await expect(texts('canteen')).rejects.toThrow('disk');
    expect(errors).toEqual([]);
  });
});

describe('a retriever of words and meanings', () => {
  it('finds the same meaning in other words', async () => {
    const index = await indexOf({ staff: HANDBOOK });
    expect(await retrieverOf(index).texts('when is my salary due')).toEqual([]);
    const { texts } = retrieverOf(index, createMeanings());
    expect(await texts('when is my salary due')).toEqual([HANDBOOK[1]]);
    expect(await texts('Urlaub')).toEqual([HANDBOOK[0]]);
  });

  it('ranks passages found both ways first', async () => {
    const both = 'Holidays: how to ask for leave.';
    const index = await indexOf({ staff: [HANDBOOK[0] ?? '', 'ask for help', both] });
    const { texts } = retrieverOf(index, createMeanings());
    expect((await texts('ask for holidays'))[0]).toBe(both);
  });

  it('counts the vector rank of a passage accepted by its words', async () => {
    const index = await indexOf({ staff: ['red bicycle on a shelf'] }, 0.1);
    const document = documentOf('old', 'staff', { title: '' });
    // Stored without a vector; it covers more of the question's words.
    await index.replace(document, [{ text: 'red bicycle bell', headings: [] }]);
    const question = 'red bicycle bell for a puppy';
    const gate = { ...STAFF, coverageMin: 0.1 };
    expect((await retrieverOf(index).texts(question, [gate]))[0]).toBe('red bicycle bell');
    const { texts } = retrieverOf(index, createMeanings(0.1));
    expect((await texts(question, [gate]))[0]).toBe('red bicycle on a shelf');
  });

  it('searches each ranking deeper than the limit', async () => {
    const index = await indexOf({ staff: HANDBOOK });
    const depths: number[] = [];
    const searchWords = index.searchWords.bind(index);
    const searchVectors = index.searchVectors.bind(index);
    index.searchWords = (...args) => {
      depths.push(args[2]);
      return searchWords(...args);
    };
    index.searchVectors = (...args) => {
      depths.push(args[2]);
      return searchVectors(...args);
    };
    const { texts } = retrieverOf(index, createMeanings());
    await texts('vacation', [STAFF], 1);
    await texts('vacation', [STAFF], 10);
    expect(depths).toEqual([20, 20, 40, 40]);
  });

  it.each([0, 0.3, 0.7])(
    'rejects off-topic passages although unrelated texts have a cosine of %d',
    async (unrelated) => {
      const index = await indexOf({ staff: HANDBOOK }, unrelated);
      const { texts } = retrieverOf(index, createMeanings(unrelated));
      expect(await texts('who feeds the puppy')).toEqual([]);
      expect(await texts('how much vacation')).toEqual([HANDBOOK[0]]);
    },
  );

  it('embeds the question once, whatever the number of collections', async () => {
    const meanings = createMeanings();
    const { texts } = retrieverOf(await indexOf({ staff: HANDBOOK }), meanings);
    await texts('vacation', [STAFF, PETS]);
    await texts('salary', [STAFF, PETS]);
    expect(meanings.calls.filter(({ texts: [text] }) => text === 'vacation')).toEqual([
      { texts: ['vacation'], purpose: 'query' },
    ]);
    // Two questions plus the two calls that calibrate the scale.
    expect(meanings.calls).toHaveLength(4);
  });
});

describe('a retriever whose embedder fails', () => {
  const refused = () => new EmbeddingError('embedding_refused', 'responded with status 401');

  it('searches by words alone, reports it each time, and pauses before the next call', async () => {
    const clock = createFakeClock();
    let isFailing = true;
    const meanings = createMeanings(0, async () => {
      if (isFailing) throw refused();
    });
    const { texts, errors } = retrieverOf(await indexOf({ staff: HANDBOOK }), meanings, clock);
    expect(await texts('canteen')).toEqual([HANDBOOK[2]]);
    expect(errors).toEqual([refused()]);
    const { length } = meanings.calls;
    isFailing = false;
    expect(await texts('salary')).toEqual([]);
    expect(errors).toEqual([refused(), refused()]);
    expect(meanings.calls).toHaveLength(length);
    clock.advance(limits.embeddings.restMs);
    expect(await texts('salary')).toEqual([HANDBOOK[1]]);
    expect(errors).toHaveLength(2);
  });

  it('waits for a vector only until its deadline', async () => {
    const clock = createFakeClock();
    const called = Promise.withResolvers<void>();
    const meanings = createMeanings(0, (_texts, signal) => {
      called.resolve();
      return untilAborted(signal);
    });
    const { texts, errors } = retrieverOf(await indexOf({ staff: HANDBOOK }), meanings, clock);
    const found = texts('canteen');
    await called.promise;
    clock.advance(limits.embeddings.questionMs);
    expect(await found).toEqual([HANDBOOK[2]]);
    expect(errors).toMatchObject([{ code: 'embedding_late' }]);
  });

  it('finishes its calibration for later questions', async () => {
    const clock = createFakeClock();
    const gate = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const meanings = createMeanings(0, (texts) => {
      if (texts.length === 1) return Promise.resolve();
      called.resolve();
      return gate.promise;
    });
    const { texts, errors } = retrieverOf(await indexOf({ staff: HANDBOOK }), meanings, clock);
    const found = texts('salary');
    await called.promise;
    clock.advance(limits.embeddings.questionMs);
    expect(await found).toEqual([]);
    gate.resolve();
    clock.advance(limits.embeddings.restMs);
    expect(await texts('salary')).toEqual([HANDBOOK[1]]);
    expect(errors).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('stops on abort without reporting an error', async () => {
    const called = Promise.withResolvers<void>();
    const meanings = createMeanings(0, (_texts, signal) => {
      called.resolve();
      return untilAborted(signal);
    });
    const { texts, errors } = retrieverOf(await indexOf({ staff: HANDBOOK }), meanings);
    const stop = new AbortController();
    const found = texts('canteen', [STAFF], 5, stop.signal);
    await called.promise;
    stop.abort(new Error('aborted'));
    await expect(found).rejects.toThrow('aborted');
    expect(errors).toEqual([]);
  });
});

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
