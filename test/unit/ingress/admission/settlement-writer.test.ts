import { describe, expect, it } from 'vitest';
import { createSettlementWriter } from '../../../../services/ingress/admission/settlement-writer.ts';
import type { LedgerEntry } from '../../../../shared/metering/ledger.ts';
import type { Settlement } from '../../../../shared/metering/quotas.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const settlement = (id: string): Settlement => ({
  nowMs: 0,
  holder: id,
  charges: [],
  leases: [{ scope: 'key', max: 1 }],
  budgets: [],
  entry: { id } as LedgerEntry,
});

/** A store that can be taken down, and what became of each settlement. */
function desk(settlementsQueuedMax = 10) {
  const clock = createFakeClock();
  const store = { down: false, silent: false, tries: 0 };
  const written: string[] = [];
  const lost: string[] = [];
  const settlementWriter = createSettlementWriter({
    clock,
    limits: {
      finalFlushMs: 1_000,
      storeCooldownMs: 1_000,
      settlementsQueuedMax,
      settlementBatchMs: 25,
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
    },
  });
  /** Lets all promises that can settle do so. */
  const rest = () => new Promise((resolve) => setImmediate(resolve));
  return { settlementWriter, clock, store, written, lost, rest };
}

describe('the bookkeeper', () => {
  it('writes at once', async () => {
    const { settlementWriter, written, clock } = desk();
    settlementWriter.enqueue(settlement('a'));
    await settlementWriter[Symbol.asyncDispose]();
    expect(written).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('writes records that nobody waits for together, a little later or at the end', async () => {
    const { settlementWriter, written, clock, store, rest } = desk();
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

  it('keeps what a store that is down cannot take, and writes it all when it is back', async () => {
    const { settlementWriter, clock, store, written, lost, rest } = desk();
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
    expect(clock.pending).toBe(0);
  });

  it('is not held up by one that can never be written', async () => {
    const { settlementWriter, clock, written, rest } = desk();
    settlementWriter.enqueue(settlement('poison'));
    await rest();
    for (const id of ['a', 'b']) settlementWriter.enqueue(settlement(id));
    for (let second = 0; second < 3; second++) {
      clock.advance(1_000);
      await rest();
    }
    expect(written.toSorted()).toEqual(['a', 'b']);
  });

  it('says of each that it had to give up, and gives up the oldest first', async () => {
    const { settlementWriter, store, lost, rest } = desk(2);
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    for (const id of ['b', 'c']) settlementWriter.enqueue(settlement(id));
    expect(lost).toEqual(['a']);
    await settlementWriter[Symbol.asyncDispose]();
    expect(lost.toSorted()).toEqual(['2 in all', 'a', 'b', 'c']);
  });

  it('tries once more before it ends', async () => {
    const { settlementWriter, clock, store, written, lost, rest } = desk();
    store.down = true;
    settlementWriter.enqueue(settlement('a'));
    await rest();
    store.down = false;
    await settlementWriter[Symbol.asyncDispose]();
    expect([written, lost]).toEqual([['a'], []]);
    expect(clock.pending).toBe(0);
  });

  it('ends although the store says nothing, and says of each record that it may be missing', async () => {
    const { settlementWriter, clock, store, lost, rest } = desk();
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
});
