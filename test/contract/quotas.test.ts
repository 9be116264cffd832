// The contract of quotas, against each adapter; Redis is a real server. What an adapter grants is held
// against the plainest model there is: an array of levels.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenCharge, Quotas } from '../../shared/metering/quotas.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { checkProperty } from '../kit/properties.ts';

const NOW = 1_800_000_000_000;

let names = 0;
/** A name nobody has used, as the store outlives each test. */
const fresh = (word: string) => `${word}-${(names += 1)}`;

function order(charges: readonly TokenCharge[], at = 0, more: object = {}) {
  const base = {
    nowMs: NOW + at,
    leases: [],
    budgets: [],
    holder: fresh('req'),
    untilMs: NOW + at + 1_000,
  };
  return { ...base, charges, ...more };
}

/** A budget nobody has used. */
function budgetOf(max: number, hold: number) {
  return { account: fresh('p'), endMs: NOW + 86_400_000, max, hold };
}

const step = fc.record({
  waitMs: fc.integer({ min: -50, max: 70_000 }),
  kind: fc.constantFrom('take' as const, 'take' as const, 'settle' as const),
  tokens: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 900 })),
});

/**
 * What two buckets hold, counted in the simplest way: whole units, refilled by elapsed time. An order
 * that is refused leaves no trace, not even of its time.
 */
class Model {
  readonly #full: readonly number[];
  #levels: readonly number[];
  #atMs = 0;

  constructor(perMinute: readonly number[]) {
    this.#levels = this.#full = perMinute.map((count) => count * 60_000);
  }

  run(kind: 'take' | 'settle', tokens: readonly number[], askedMs: number) {
    const atMs = Math.max(this.#atMs, askedMs);
    const levels = this.#full.map((full, at) => {
      const refill = ((atMs - this.#atMs) * full) / 60_000;
      return Math.min(full, (this.#levels[at] ?? 0) + refill);
    });
    const fits = this.#full.every((full, at) => {
      return (levels[at] ?? 0) >= Math.min(full, Math.max(1, tokens[at] ?? 0) * 60_000);
    });
    if (kind === 'take' && !fits) return { granted: false, left: tokensOf(levels) };
    const sign = kind === 'take' ? -1 : 1;
    this.#levels = this.#full.map((full, at) => {
      return Math.min(full, (levels[at] ?? 0) + sign * (tokens[at] ?? 0) * 60_000);
    });
    this.#atMs = atMs;
    return { granted: true, left: tokensOf(this.#levels) };
  }
}

const tokensOf = (levels: readonly number[]) => levels.map((level) => level / 60_000);

function quotaSuite(open: () => Promise<Store>): void {
  let quotas: Store;
  beforeAll(async () => {
    quotas = await open();
  });
  afterAll(() => quotas[Symbol.asyncDispose]());

  it('grants what a bucket holds and refills it continuously', async () => {
    const charge = { bucket: fresh('b'), perMinute: 60, tokens: 20 };
    const granted = async (at: number) => (await quotas.reserve(order([charge], at))).granted;
    expect([await granted(0), await granted(0), await granted(0)]).toEqual([true, true, true]);
    expect(await granted(19_999)).toBe(false);
    expect(await granted(20_000)).toBe(true);
    expect(await granted(20_000)).toBe(false);
  });

  it('takes nothing where one of several draws cannot be had', async () => {
    const ample = { bucket: fresh('b'), perMinute: 100, tokens: 10 };
    const scarce = { bucket: fresh('b'), perMinute: 5, tokens: 5 };
    const taken = await quotas.reserve(order([ample, scarce]));
    expect(taken).toEqual({ granted: true, left: [90, 0], leased: [], budgets: [] });
    const refused = await quotas.reserve(order([ample, scarce]));
    expect(refused).toEqual({ granted: false, left: [90, 0], leased: [], budgets: [] });
  });

  it('lets what is larger than a bucket through when it is full, on credit', async () => {
    const charge = { bucket: fresh('b'), perMinute: 60, tokens: 90 };
    expect(await quotas.reserve(order([charge]))).toMatchObject({ granted: true, left: [-30] });
    const small = { ...charge, tokens: 1 };
    expect((await quotas.reserve(order([small], 30_999))).granted).toBe(false);
    expect((await quotas.reserve(order([small], 31_000))).granted).toBe(true);
  });

  it('gives back what was drawn too much, never beyond full, and takes what was too little', async () => {
    const charge = { bucket: fresh('b'), perMinute: 10, tokens: 4 };
    await quotas.reserve(order([charge]));
    await quotas.settle(order([{ ...charge, tokens: 3 }]));
    expect(await quotas.reserve(order([charge]))).toMatchObject({ granted: true, left: [5] });
    await quotas.settle(order([{ ...charge, tokens: 100 }]));
    await quotas.settle(order([{ ...charge, tokens: -12 }]));
    expect(await quotas.reserve(order([charge]))).toMatchObject({ granted: false, left: [-2] });
  });

  it('seats no more holders than there are seats, and one more for each that leaves', async () => {
    const leases = [{ scope: fresh('t'), max: 2 }];
    const take = (holder: string) => quotas.reserve(order([], 0, { leases, holder }));
    expect((await take('a')).granted).toBe(true);
    expect((await take('b')).granted).toBe(true);
    expect(await take('c')).toEqual({ granted: false, left: [], leased: [false], budgets: [] });
    await quotas.settle(order([], 0, { leases, holder: 'a' }));
    expect((await take('c')).granted).toBe(true);
    expect((await take('d')).granted).toBe(false);
  });

  it('frees the seat of a holder that is not heard of, and keeps that of one that is', async () => {
    const leases = [{ scope: fresh('t'), max: 1 }];
    const at = (ms: number, holder: string) => order([], ms, { leases, holder });
    expect((await quotas.reserve(at(0, 'a'))).granted).toBe(true);
    await quotas.renew(at(900, 'a'));
    expect((await quotas.reserve(at(1_500, 'b'))).granted).toBe(false);
    expect((await quotas.reserve(at(1_900, 'b'))).granted).toBe(true);
    await quotas.renew(at(1_950, 'a'));
    await quotas.settle(at(1_960, 'b'));
    expect((await quotas.reserve(at(1_970, 'c'))).granted).toBe(true);
  });

  it('draws nothing where there is no seat', async () => {
    const charges = [{ bucket: fresh('b'), perMinute: 10, tokens: 1 }];
    const leases = [{ scope: fresh('t'), max: 1 }];
    await quotas.reserve(order(charges, 0, { leases }));
    const refused = await quotas.reserve(order(charges, 0, { leases }));
    expect(refused).toEqual({ granted: false, left: [9], leased: [false], budgets: [] });
  });

  it('sets aside what a request may cost, and spends what it did cost in its place', async () => {
    const budget = budgetOf(100, 40);
    const take = (holder: string) => quotas.reserve(order([], 0, { budgets: [budget], holder }));
    expect(await take('a')).toMatchObject({ granted: true, budgets: [{ spent: 0, held: 0 }] });
    expect(await take('b')).toMatchObject({ granted: true, budgets: [{ spent: 0, held: 40 }] });
    expect(await take('c')).toMatchObject({ granted: false, budgets: [{ spent: 0, held: 80 }] });
    await quotas.settle(order([], 0, { budgets: [{ ...budget, cost: 20 }], holder: 'a' }));
    expect(await take('c')).toMatchObject({ granted: true, budgets: [{ spent: 20, held: 40 }] });
    expect(await take('d')).toMatchObject({ granted: false, budgets: [{ spent: 20, held: 80 }] });
  });

  it('grants a request alone whatever is left, and nothing once all is spent', async () => {
    const budget = budgetOf(100, 400);
    const take = (holder: string) => quotas.reserve(order([], 0, { budgets: [budget], holder }));
    expect((await take('a')).granted).toBe(true);
    expect((await take('b')).granted).toBe(false);
    await quotas.settle(order([], 0, { budgets: [{ ...budget, cost: 99 }], holder: 'a' }));
    expect((await take('b')).granted).toBe(true);
    await quotas.settle(order([], 0, { budgets: [{ ...budget, cost: 30 }], holder: 'b' }));
    expect(await take('c')).toMatchObject({ granted: false, budgets: [{ spent: 129, held: 0 }] });
  });

  it('frees what is held for a request that is not heard of, and keeps it for one that is', async () => {
    const budgets = [budgetOf(100, 80)];
    const at = (ms: number, holder: string) => order([], ms, { budgets, holder });
    expect((await quotas.reserve(at(0, 'a'))).granted).toBe(true);
    await quotas.renew(at(900, 'a'));
    expect((await quotas.reserve(at(1_500, 'b'))).granted).toBe(false);
    expect((await quotas.reserve(at(1_900, 'b'))).granted).toBe(true);
  });

  it('never lets more be spent than there is and one request costs, in any order', async () => {
    const steps = fc.array(fc.tuple(fc.nat(4), fc.nat(60), fc.nat(100)), { maxLength: 40 });
    await checkProperty(
      fc.asyncProperty(steps, async (asked) => {
        const budget = budgetOf(200, 0);
        const running = new Map<string, number>();
        let spent = 0;
        const seen: unknown[] = [];
        const expected: unknown[] = [];
        for (const [who, hold, percent] of asked) {
          const holder = `r${who}`;
          const held = running.get(holder);
          if (held === undefined) {
            const state = await quotas.reserve(
              order([], 0, { budgets: [{ ...budget, hold }], holder }),
            );
            const others = [...running.values()].reduce((sum, one) => sum + one, 0);
            const fits = spent + others + hold <= 200 || (others === 0 && spent < 200);
            seen.push([state.granted, state.budgets]);
            expected.push([fits, [{ spent, held: others }]]);
            if (fits) running.set(holder, hold);
          } else {
            const cost = Math.floor((held * percent) / 100);
            const budgets = [{ ...budget, hold: held, cost }];
            await quotas.settle(order([], 0, { budgets, holder }));
            running.delete(holder);
            spent += cost;
          }
        }
        expect(seen).toEqual(expected);
        expect(spent).toBeLessThanOrEqual(200 + 60);
      }),
      { runs: 40 },
    );
  });

  it('grants exactly what the model of a bucket grants, over any time and in any order', async () => {
    await checkProperty(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const perMinute = [37, 1_000];
        const buckets = perMinute.map(() => fresh('b'));
        const model = new Model(perMinute);
        const granted: unknown[] = [];
        const expected: unknown[] = [];
        let atMs = 0;
        for (const { waitMs, kind, tokens } of steps) {
          atMs = Math.max(0, atMs + waitMs);
          const charges = tokens.map((count, at) => {
            return { bucket: buckets[at] ?? '', perMinute: perMinute[at] ?? 0, tokens: count };
          });
          const state = model.run(kind, tokens, atMs);
          if (kind === 'settle') await quotas.settle(order(charges, atMs));
          else {
            granted.push(await quotas.reserve(order(charges, atMs)));
            expected.push({ ...state, leased: [], budgets: [] });
          }
        }
        expect(granted).toEqual(expected);
      }),
      { runs: 60 },
    );
  });

  it('grants exactly the limit to many who ask at once through several connections', async () => {
    const others = await Promise.all([open(), open()]);
    const charge = { bucket: fresh('b'), perMinute: 333, tokens: 1 };
    const asked = Array.from({ length: 1_000 }, (_, at) => {
      const asks: Quotas = [quotas, ...others][at % 3] ?? quotas;
      return asks.reserve(order([charge]));
    });
    expect((await Promise.all(asked)).filter(({ granted }) => granted)).toHaveLength(333);
    for (const other of others) await other[Symbol.asyncDispose]();
  });
}

describe('quotas in the embedded store', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-quotas-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  quotaSuite(async () => openEmbeddedStore(directory));
});

describeWith('redis-server')('quotas in Redis', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  quotaSuite(() => connectRedisStore({ url: server.url, commandMs: 5_000, onError: () => {} }));

  it('admits exactly the limit to eight processes that ask 10,000 times each', async () => {
    const script = fileURLToPath(new URL('../kit/reserve-many.ts', import.meta.url));
    const processes = Array.from({ length: 8 }, (_, at) =>
      promisify(execFile)(process.execPath, [script, server.url, `p${at}`, '10000', '12345']),
    );
    const granted = (await Promise.all(processes)).map(({ stdout }) => Number(stdout));
    expect(granted.reduce((sum, count) => sum + count)).toBe(12_345);
  }, 60_000);
});
