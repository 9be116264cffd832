// The passage index contract with several processes: reads during writes, killed writers and concurrent
// writers.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IndexPlace } from '../kit/index-places.ts';
import { startWriting, wordOfRound } from '../kit/index-process.ts';
import { documentOf, idsOf, passageOf } from '../kit/passages.ts';
import type { IndexedPlace } from './passage-index-suite.ts';

export interface SharedPlace extends IndexedPlace {
  readonly place: IndexPlace;
}

const PASSAGES_EACH = 20;
const never = new AbortController().signal;

export function severalProcessesSuite(name: string, openPlace: () => Promise<SharedPlace>): void {
  describe(`several processes at the passage index in ${name}`, () => {
    let opened: SharedPlace;
    beforeAll(async () => {
      opened = await openPlace();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    const writing = (collection: string, ids: readonly string[], rounds: number) =>
      startWriting({
        place: opened.place,
        collection,
        ids,
        rounds,
        passagesEach: PASSAGES_EACH,
      });
    const idsFrom = (start: number, count: number) =>
      Array.from({ length: count }, (_, at) => `document-${start + at}`);
    const search = (collection: string, question: string) =>
      opened.index.searchWords(collection, question, 1_000, never);

    it('shows a reader the old or the new document while another process replaces it', async () => {
      const { index } = opened;
      // Writes for as long as the test reads: a shorter run may end before both versions are seen.
      await using writer = writing('flips', ['document-0'], 1_000_000);
      let error: string | undefined;
      void writer.ended().then((text) => (error = text));
      const seen = new Set<string>();
      for (let reads = 0; reads < 100 || seen.size < 2;) {
        expect(error).toBeUndefined();
        const kept = await index.passages('flips', 'document-0');
        const found = await search('flips', `${wordOfRound(0)} ${wordOfRound(1)}`);
        for (const texts of [
          kept.map(({ text }) => text),
          found.map(({ passage }) => passage.text),
        ]) {
          const words = new Set(texts.map((text) => text.split(' ')[0] ?? ''));
          if (words.size === 0) continue;
          reads += 1;
          expect([...words]).toHaveLength(1);
          expect(texts).toHaveLength(PASSAGES_EACH);
          for (const word of words) seen.add(word);
        }
      }
      await writer.kill();
      expect(await opened.faults('flips')).toEqual([]);
    });

    it.each([1, 7, 23])(
      'loses no acknowledged document and keeps no half of one when a writer is killed: %i',
      async (at) => {
        const { index } = opened;
        const collection = `killed-${at}`;
        const ids = idsFrom(0, 4_000);
        await using writer = writing(collection, ids, 1);
        const acknowledged: string[] = [];
        for await (const line of writer.lines) {
          acknowledged.push(line.split(' ')[1] ?? '');
          if (acknowledged.length >= at) break;
        }
        await writer.kill();
        expect(await opened.faults(collection)).toEqual([]);
        const counts = new Map<string, number>();
        for (const id of ids.slice(0, 400)) {
          counts.set(id, (await index.passages(collection, id)).length);
        }
        for (const id of acknowledged) expect(counts.get(id), id).toBe(PASSAGES_EACH);
        for (const [id, count] of counts) expect([0, PASSAGES_EACH], id).toContain(count);
        // No lock is left behind.
        await index.replace(documentOf('next', collection), [passageOf('ornithopter')]);
        expect(idsOf(await search(collection, 'ornithopter'))).toEqual(['next']);
      },
    );

    it('lets processes write to one collection and the same documents concurrently', async () => {
      const shared = idsFrom(0, 10);
      await using first = writing('together', [...shared, ...idsFrom(100, 20)], 2);
      await using second = writing('together', [...idsFrom(200, 20), ...shared].toReversed(), 2);
      await using third = writing('apart', shared, 2);
      const writers = [first, second, third];
      expect(await Promise.all(writers.map((writer) => writer.ended()))).toEqual(['', '', '']);
      const found = new Set(idsOf(await search('together', wordOfRound(1))));
      expect(found.size).toBe(50);
      expect(await search('together', wordOfRound(0))).toEqual([]);
      expect(new Set(idsOf(await search('apart', wordOfRound(1)))).size).toBe(10);
      expect(await opened.faults('together')).toEqual([]);
      expect(await opened.faults('apart')).toEqual([]);
    });
  });
}
