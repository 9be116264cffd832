import { describe, expect, it } from 'vitest';
import { createBookkeeper } from '../../../../services/ingress/admission/settlement-writer.ts';
import type { LedgerEntry } from '../../../../shared/metering/ledger.ts';
import type { Settlement } from '../../../../shared/metering/quotas.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const settlement = (id: string): Settlement => ({
  nowMs: 0,
  holder: id,
  draws: [],
  seats: [{ table: 'key', max: 1 }],
  purses: [],
  entry: { id } as LedgerEntry,
});

/** A store that can be taken down, and what became of each settlement. */
function desk(bookingsHeldMax = 10) {
  const clock = createFakeClock();
  const store = { down: false, silent: false, tries: 0 };
  const written: string[] = [];
  const lost: string[] = [];
  const bookkeeper = createBookkeeper({
    clock,
    limits: { lastWordsMs: 1_000, storeRestMs: 1_000, bookingsHeldMax, bookingsGatheredMs: 25 },
    quotas: {
      async settle({ holder }) {
        store.tries += 1;
        if (store.silent) await new Promise(() => {});
        if (store.down || holder === 'poison') throw new RangeError('down');
        written.push(holder);
      },
    },
    events: {
      fault: () => {},
      unbooked: ({ entry }) => lost.push(entry.id),
      recordsLost: ({ records }) => lost.push(`${records} in all`),
    },
  });
  /** Lets all promises that can settle do so. */
  const rest = () => new Promise((resolve) => setImmediate(resolve));
  return { bookkeeper, clock, store, written, lost, rest };
}

describe('the bookkeeper', () => {
  it('writes at once', async () => {
    const { bookkeeper, written, clock } = desk();
    bookkeeper.book(settlement('a'));
    await bookkeeper[Symbol.asyncDispose]();
    expect(written).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('writes records that nobody waits for together, a little later or at the end', async () => {
    const { bookkeeper, written, clock, store, rest } = desk();
    const record = (id: string) => ({ ...settlement(id), seats: [] });
    for (const id of ['a', 'b']) bookkeeper.book(record(id));
    bookkeeper.book(settlement('c'));
    await rest();
    expect(written).toEqual(['c']);
    clock.advance(25);
    await rest();
    expect(written).toEqual(['c', 'a', 'b']);
    bookkeeper.book(record('d'));
    await bookkeeper[Symbol.asyncDispose]();
    expect(written).toEqual(['c', 'a', 'b', 'd']);
    expect(store.tries).toBe(4);
    expect(clock.pending).toBe(0);
  });

  it('keeps what a store that is down cannot take, and writes it all when it is back', async () => {
    const { bookkeeper, clock, store, written, lost, rest } = desk();
    store.down = true;
    bookkeeper.book(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) bookkeeper.book(settlement(id));
    expect(store.tries).toBe(1);
    clock.advance(1_000);
    await rest();
    expect(store.tries).toBe(2);
    store.down = false;
    clock.advance(1_000);
    await rest();
    expect(written.toSorted()).toEqual(['a', 'b', 'c']);
    bookkeeper.book(settlement('d'));
    expect(written).toContain('d');
    expect(lost).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is not held up by one that can never be written', async () => {
    const { bookkeeper, clock, written, rest } = desk();
    bookkeeper.book(settlement('poison'));
    await rest();
    for (const id of ['a', 'b']) bookkeeper.book(settlement(id));
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      await rest();
    }
    expect(written.toSorted()).toEqual(['a', 'b']);
  });

  it('says of each that it had to give up, and gives up the oldest first', async () => {
    const { bookkeeper, store, lost, rest } = desk(2);
    store.down = true;
    bookkeeper.book(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) bookkeeper.book(settlement(id));
    expect(lost).toEqual(['a']);
    await bookkeeper[Symbol.asyncDispose]();
    expect(lost.toSorted()).toEqual(['2 in all', 'a', 'b', 'c']);
  });

  it('tries once more before it ends', async () => {
    const { bookkeeper, clock, store, written, lost, rest } = desk();
    store.down = true;
    bookkeeper.book(settlement('a'));
    await rest();
    store.down = false;
    await bookkeeper[Symbol.asyncDispose]();
    expect([written, lost]).toEqual([['a'], []]);
    expect(clock.pending).toBe(0);
  });

  it('ends although the store says nothing, and says of each record that it may be missing', async () => {
    const { bookkeeper, clock, store, lost, rest } = desk();
    store.down = true;
    bookkeeper.book(settlement('held'));
    await rest();
    store.down = false;
    store.silent = true;
    clock.advance(1_000);
    bookkeeper.book(settlement('late'));
    const ended = bookkeeper[Symbol.asyncDispose]();
    await rest();
    clock.advance(1_000);
    await ended;
    expect(lost).toEqual(['held', 'late', '2 in all']);
    expect(clock.pending).toBe(0);
  });
});
