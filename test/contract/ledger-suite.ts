// What every store does with the ledger.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY_MS, dayOf, LEDGER_ORDERS, type LedgerEntry } from '../../shared/metering/ledger.ts';
import type { Store } from '../../shared/store/store.ts';

export const RETENTION = { entryDays: 2, usageDays: 5 };

let days = 0;
/** Noon of an unused day, as tests share the store. */
export const freshDay = () => Date.UTC(2027, 0, 1, 12) + 100 * DAY_MS * (days += 1);

export function entryAt(atMs: number, id: string, more: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    atMs,
    keyId: 'k1',
    route: '/v1/messages',
    model: 'm',
    status: 200,
    outcome: 'responded',
    tookMs: 12.34,
    inputTokens: 10,
    cacheWriteTokens: 2,
    cacheReadTokens: 3,
    outputTokens: 4,
    estimated: false,
    cost: 1_000,
    scrubbed: { EMAIL_ADDRESS: 2, IBAN: 1 },
    ...more,
  };
}

const ONCE = {
  requests: 1,
  failed: 0,
  inputTokens: 10,
  cacheWriteTokens: 2,
  cacheReadTokens: 3,
  outputTokens: 4,
  scrubbed: 3,
  unpriced: 0,
  cost: 1_000,
};

export function ledgerSuite(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  const write = (entry: LedgerEntry, more: object = {}) => {
    const base = {
      owner: `key:${entry.keyId}`,
      nowMs: entry.atMs,
      charges: [],
      leases: [],
      budgets: [],
      holder: entry.id,
    };
    return store.settle({ ...base, ...more, entry });
  };
  const pageOf = async (day: string, limit: number, after?: LedgerEntry) => {
    const page = { day, limit, ...(after ? { after } : {}) };
    return (await store.listEntries(page)).map(({ id }) => id);
  };

  it('returns every entry as it was written, by day', async () => {
    const atMs = freshDay();
    const full = entryAt(atMs, 'a', { team: 'search', stream: true, stages: { scrubber: 1.5 } });
    await write(full);
    expect(await store.listEntries({ day: dayOf(atMs), limit: 10 })).toEqual([full]);
    expect(await store.listEntries({ day: dayOf(atMs + DAY_MS), limit: 10 })).toEqual([]);
  });

  it('pages through a day by time and id, even within one millisecond', async () => {
    const atMs = freshDay();
    const entries = [
      entryAt(atMs, 'b'),
      entryAt(atMs, 'c'),
      entryAt(atMs, 'a'),
      entryAt(atMs - 1, 'z'),
      entryAt(atMs + 1, 'y'),
    ];
    for (const entry of entries) await write(entry);
    const day = dayOf(atMs);
    expect(await pageOf(day, 10)).toEqual(['z', 'a', 'b', 'c', 'y']);
    expect(await pageOf(day, 2)).toEqual(['z', 'a']);
    expect(await pageOf(day, 2, entryAt(atMs, 'a'))).toEqual(['b', 'c']);
    expect(await pageOf(day, 2, entryAt(atMs, 'c'))).toEqual(['y']);
    expect(await pageOf(day, 2, entryAt(atMs + 1, 'y'))).toEqual([]);
    const newest = async (limit: number, after?: LedgerEntry) => {
      const from = after ? { after } : {};
      const page = await store.listEntries({ day, order: 'newest', limit, ...from });
      return page.map(({ id }) => id);
    };
    expect(await newest(10)).toEqual(['y', 'c', 'b', 'a', 'z']);
    expect(await newest(2)).toEqual(['y', 'c']);
    expect(await newest(2, entryAt(atMs, 'c'))).toEqual(['b', 'a']);
    expect(await newest(2, entryAt(atMs, 'a'))).toEqual(['z']);
  });

  it('pages through many entries of one millisecond, whatever the order of their fields', async () => {
    const atMs = freshDay();
    const ids = Array.from({ length: 60 }, (_, at) => `id-${100 + at}`);
    for (const [at, id] of ids.entries()) {
      const { id: _id, ...fields } = entryAt(atMs + (at < 20 ? 0 : 1), id);
      // As text, a later entry comes first.
      await write({ policy: `p-${900 - at}`, ...fields, id });
    }
    const day = dayOf(atMs);
    for (const order of LEDGER_ORDERS) {
      const expected = order === 'newest' ? ids.toReversed() : ids;
      for (const limit of [1, 7, 25, 60]) {
        const seen: LedgerEntry[] = [];
        for (;;) {
          const last = seen.at(-1);
          const from = last ? { after: last } : {};
          const page = await store.listEntries({ day, order, limit, ...from });
          seen.push(...page);
          if (page.length < limit) break;
        }
        expect(seen.map(({ id }) => id)).toEqual(expected);
      }
    }
  });

  it('sums by day, key, team and model', async () => {
    const atMs = freshDay();
    const day = dayOf(atMs);
    await write(entryAt(atMs, 'a'));
    await write(entryAt(atMs + 5, 'b'));
    await write(entryAt(atMs, 'c', { model: 'other', cost: null, scrubbed: {} }));
    await write(
      entryAt(atMs, 'd', { keyId: 'k2', team: 'a "team"', outcome: 'failed', status: 529 }),
    );
    await write(entryAt(atMs + DAY_MS, 'e'));
    const sums = await store.usage({ from: day, to: day });
    const group = { day, keyId: 'k1', team: '', model: 'm' };
    const twice = Object.fromEntries(
      Object.entries(ONCE).map(([name, count]) => [name, 2 * count]),
    );
    expect(sums.toSorted((a, b) => (a.keyId + a.model < b.keyId + b.model ? -1 : 1))).toEqual([
      { ...group, ...twice },
      { ...group, model: 'other', ...ONCE, cost: 0, unpriced: 1, scrubbed: 0 },
      { ...group, keyId: 'k2', team: 'a "team"', ...ONCE, failed: 1 },
    ]);
    expect(await store.usage({ from: day, to: dayOf(atMs + DAY_MS) })).toHaveLength(4);
  });

  it('writes an entry and its settlement once, however often it is retried', async () => {
    const atMs = freshDay();
    const budget = { account: `once-${atMs}`, endMs: atMs + DAY_MS, hold: 0 };
    const charge = { bucket: `once-${atMs}`, perMinute: 100, tokens: -7 };
    for (let attempts = 0; attempts < 3; attempts++) {
      await write(entryAt(atMs, 'a'), { budgets: [{ ...budget, cost: 5 }], charges: [charge] });
    }
    const day = dayOf(atMs);
    expect(await pageOf(day, 10)).toEqual(['a']);
    expect(await store.usage({ from: day, to: day })).toMatchObject([{ requests: 1, cost: 1_000 }]);
    const state = await store.reserve({
      owner: 'key:k1',
      nowMs: atMs,
      charges: [{ ...charge, tokens: 0 }],
      leases: [],
      budgets: [{ ...budget, max: 9 }],
      holder: 'probe',
      untilMs: atMs,
    });
    expect(state).toMatchObject({ left: [93], budgets: [{ spent: 5 }] });
  });
}
