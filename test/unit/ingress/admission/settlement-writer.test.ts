import { describe, expect, it } from 'vitest';
import { createSettlementWriter } from '../../../../services/ingress/admission/settlement-writer.ts';
import type { LedgerEntry } from '../../../../shared/metering/ledger.ts';
import type { Settlement } from '../../../../shared/metering/quotas.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const settlement = (id: string): Settlement => ({
  owner: 'key:a',
  nowMs: 0,
  holder: id,
  charges: [],
  leases: [{ scope: 'key', max: 1 }],
  budgets: [],
  entry: { id } as LedgerEntry,
});

/** A writer over a store that can be taken down. */
function setup(settlementsQueuedMax = 10) {
  const clock = createFakeClock();
  const store = { down: false, silent: false, tries: 0 };
  const written: string[] = [];
  const lost: string[] = [];
  const journaled = new Set<string>();
  const recovered: string[] = [];
  const disk = { isFull: true, left: ['left'] };
  const settlementWriter = createSettlementWriter({
    clock,
    limits: {
      finalFlushMs: 1_000,
      storeCooldownMs: 1_000,
      settlementsQueuedMax,
      settlementBatchMs: 25,
      settlementJournalMs: 50,
    },
    journal: {
      get size() {
        return journaled.size;
      },
      add: ({ holder }) => void journaled.add(holder),
      remove: ({ holder }) => void journaled.delete(holder),
      flush: () => (disk.isFull ? Promise.reject(new Error('full')) : Promise.resolve()),
      async recover(book) {
        for (const holder of disk.left) if (await book(settlement(holder))) recovered.push(holder);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    quotas: {
      async settle({ holder }) {
        store.tries += 1;
        if (store.silent) await new Promise(() => {});
        if (store.down || holder === 'poison') throw new RangeError('down');
        written.push(holder);
      },
    },
    events: {
      onError: () => {},
      settlementLost: ({ entry }) => lost.push(entry.id),
      recordsLost: ({ records }) => lost.push(`${records} in all`),
      settlementKept: ({ entry }) => lost.push(`kept ${entry.id}`),
      recordsKept: ({ records }) => lost.push(`${records} kept`),
    },
  });
  /** Lets pending promises settle. */
  const rest = () => new Promise((resolve) => setImmediate(resolve));
  return { settlementWriter, clock, store, written, lost, journaled, recovered, disk, rest };
}

describe('the settlement writer', () => {
  it('writes at once', async () => {
    const { settlementWriter, written, clock } = setup();
    settlementWriter.enqueue(settlement('a'));
    await settlementWriter[Symbol.asyncDispose]();
    expect(written).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('writes records that free nothing together, a little later or at the end', async () => {
    const { settlementWriter, written, clock, store, rest } = setup();
    const record = (id: string) => ({ ...settlement(id), leases: [] });
    for (const id of ['a', 'b']) settlementWriter.enqueue(record(id));
    settlementWriter.enqueue(settlement('c'));
    await rest();
    expect(written).toEqual(['c']);
    clock.advance(25);
    await rest();
    expect(written).toEqual(['c', 'a', 'b']);
    settlementWriter.enqueue(record('d'));
    await settlementWriter[Symbol.asyncDispose]();
    expect(written).toEqual(['c', 'a', 'b', 'd']);
    expect(store.tries).toBe(4);
    expect(clock.pending).toBe(0);
  });

  it('keeps settlements while the store is down, and writes them when it is back', async () => {
    const { settlementWriter, clock, store, written, lost, rest } = setup();
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) settlementWriter.enqueue(settlement(id));
    expect(store.tries).toBe(1);
    clock.advance(1_000);
    await rest();
    expect(store.tries).toBe(2);
    store.down = false;
    clock.advance(1_000);
    await rest();
    expect(written.toSorted()).toEqual(['a', 'b', 'c']);
    settlementWriter.enqueue(settlement('d'));
    expect(written).toContain('d');
    expect(lost).toEqual([]);
    clock.advance(50);
    expect(clock.pending).toBe(0);
  });

  it('is not blocked by a settlement that can never be written', async () => {
    const { settlementWriter, clock, written, rest } = setup();
    settlementWriter.enqueue(settlement('poison'));
    await rest();
    for (const id of ['a', 'b']) settlementWriter.enqueue(settlement(id));
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      await rest();
    }
    expect(written.toSorted()).toEqual(['a', 'b']);
  });

  it('reports each settlement that it drops, the oldest first', async () => {
    const { settlementWriter, store, lost, rest } = setup(2);
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) settlementWriter.enqueue(settlement(id));
    expect(lost).toEqual(['a']);
    await settlementWriter[Symbol.asyncDispose]();
    expect(lost.toSorted()).toEqual(['2 in all', 'a', 'b', 'c']);
  });

  it('retries once before it ends', async () => {
    const { settlementWriter, clock, store, written, lost, rest } = setup();
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    store.down = false;
    await settlementWriter[Symbol.asyncDispose]();
    expect([written, lost]).toEqual([['a'], []]);
    expect(clock.pending).toBe(0);
  });

  it('ends although the store does not respond, and reports each record that may be missing', async () => {
    const { settlementWriter, clock, store, lost, rest } = setup();
    store.down = true;
    settlementWriter.enqueue(settlement('held'));
    await rest();
    store.down = false;
    store.silent = true;
    clock.advance(1_000);
    settlementWriter.enqueue(settlement('late'));
    const ended = settlementWriter[Symbol.asyncDispose]();
    await rest();
    clock.advance(1_000);
    await ended;
    expect(lost).toEqual(['held', 'late', '2 in all']);
    expect(clock.pending).toBe(0);
  });

  it('leaves a store that confirms in time alone, and journals nothing', async () => {
    const { settlementWriter, clock, written, journaled, rest } = setup();
    settlementWriter.enqueue(settlement('a'));
    settlementWriter.enqueue({ ...settlement('b'), leases: [] });
    clock.advance(25);
    await rest();
    clock.advance(25);
    expect(written).toEqual(['a', 'b']);
    expect(journaled).toEqual(new Set());
  });

  it('journals what the store has not confirmed, and from then on each settlement at once', async () => {
    const { settlementWriter, clock, store, journaled, rest } = setup();
    store.silent = true;
    settlementWriter.enqueue(settlement('a'));
    expect(journaled).toEqual(new Set());
    clock.advance(50);
    expect(journaled).toEqual(new Set(['a']));
    settlementWriter.enqueue(settlement('b'));
    settlementWriter.enqueue({ ...settlement('c'), leases: [] });
    expect(journaled).toEqual(new Set(['a', 'b', 'c']));
    await rest();
  });

  it('journals only what has waited for too long, however much else is being written', async () => {
    const { settlementWriter, clock, store, journaled, rest } = setup();
    store.silent = true;
    settlementWriter.enqueue(settlement('a'));
    store.silent = false;
    clock.advance(15);
    settlementWriter.enqueue({ ...settlement('b'), leases: [] });
    clock.advance(25);
    await rest();
    settlementWriter.enqueue({ ...settlement('c'), leases: [] });
    clock.advance(10);
    expect(journaled).toEqual(new Set(['a']));
  });

  it('journals nothing more once the store is in time again', async () => {
    const { settlementWriter, clock, store, journaled, rest } = setup();
    store.down = true;
    settlementWriter.enqueue({ ...settlement('a'), leases: [] });
    await rest();
    store.down = false;
    clock.advance(1_025);
    await rest();
    clock.advance(1_000);
    await rest();
    expect(journaled).toEqual(new Set());
    settlementWriter.enqueue({ ...settlement('b'), leases: [] });
    clock.advance(25);
    await rest();
    clock.advance(50);
    expect(journaled).toEqual(new Set());
    store.silent = true;
    settlementWriter.enqueue(settlement('c'));
    clock.advance(50);
    expect(journaled).toEqual(new Set(['c']));
  });

  it('takes out of the journal what is written, and what it drops', async () => {
    const { settlementWriter, clock, store, lost, journaled, rest } = setup(2);
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) settlementWriter.enqueue(settlement(id));
    expect(lost).toEqual(['a']);
    expect(journaled).toEqual(new Set(['b', 'c']));
    store.down = false;
    clock.advance(1_000);
    await rest();
    expect(journaled).toEqual(new Set());
  });

  it('keeps in the journal what it could not write before its end', async () => {
    const { settlementWriter, clock, store, lost, journaled, disk, rest } = setup();
    disk.isFull = false;
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    await settlementWriter[Symbol.asyncDispose]();
    expect(journaled).toEqual(new Set(['a']));
    expect(lost).toEqual(['kept a', '1 kept']);
    expect(clock.pending).toBe(0);
  });

  it('books what earlier processes left as soon as the store takes it', async () => {
    const { settlementWriter, clock, store, written, recovered, rest } = setup();
    store.down = true;
    const recovering = settlementWriter.recover();
    await rest();
    expect(recovered).toEqual([]);
    store.down = false;
    clock.advance(1_000);
    await recovering;
    expect([written, recovered]).toEqual([['left'], ['left']]);
  });

  it('leaves them to the next start when it ends before', async () => {
    const { settlementWriter, clock, store, recovered, rest } = setup();
    store.down = true;
    const recovering = settlementWriter.recover();
    await rest();
    await settlementWriter[Symbol.asyncDispose]();
    await recovering;
    expect(recovered).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
