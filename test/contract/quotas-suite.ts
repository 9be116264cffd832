// What every store does with quotas. A simple model of the buckets predicts what it grants.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenCharge, Quotas } from '../../shared/metering/quotas.ts';
import type { Store } from '../../shared/store/store.ts';
import { checkProperty } from '../kit/properties.ts';

const NOW = 1_800_000_000_000;

let names = 0;
/** An unused name, as tests share the store. */
export const fresh = (word: string) => `${word}-${(names += 1)}`;

export function requestOf(charges: readonly TokenCharge[], at = 0, more: object = {}) {
  const base = {
    owner: 'team:a',
    nowMs: NOW + at,
    leases: [],
    budgets: [],
    holder: fresh('req'),
    untilMs: NOW + at + 1_000,
  };
  return { ...base, charges, ...more };
}

/** A budget with an unused account. */
export function budgetOf(max: number, hold: number) {
  return { account: fresh('p'), endMs: NOW + 86_400_000, max, hold };
}

const step = fc.record({
  waitMs: fc.integer({ min: -50, max: 70_000 }),
  kind: fc.constantFrom('reserve' as const, 'reserve' as const, 'settle' as const),
  tokens: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 900 })),
});

/**
 * The levels of two buckets in whole units, refilled by elapsed time. A rejected request changes nothing,
 * not even the time of the last refill.
 */
class Model {
  readonly #full: readonly number[];
  #levels: readonly number[];
  #atMs = 0;

  constructor(perMinute: readonly number[]) {
    this.#levels = this.#full = perMinute.map((count) => count * 60_000);
  }

  run(kind: 'reserve' | 'settle', tokens: readonly number[], requestMs: number) {
    const atMs = Math.max(this.#atMs, requestMs);
    const levels = this.#full.map((full, at) => {
      const refill = ((atMs - this.#atMs) * full) / 60_000;
      return Math.min(full, (this.#levels[at] ?? 0) + refill);
    });
    const fits = this.#full.every((full, at) => {
      return (levels[at] ?? 0) >= Math.min(full, Math.max(1, tokens[at] ?? 0) * 60_000);
    });
    if (kind === 'reserve' && !fits) return { granted: false, left: tokensOf(levels) };
    const sign = kind === 'reserve' ? -1 : 1;
    this.#levels = this.#full.map((full, at) => {
      return Math.min(full, (levels[at] ?? 0) + sign * (tokens[at] ?? 0) * 60_000);
    });
    this.#atMs = atMs;
    return { granted: true, left: tokensOf(this.#levels) };
  }
}

const tokensOf = (levels: readonly number[]) => levels.map((level) => level / 60_000);

export function quotaSuite(open: () => Promise<Store>): void {
  let quotas: Store;
  beforeAll(async () => {
    quotas = await open();
  });
  afterAll(() => quotas[Symbol.asyncDispose]());

  it('grants what a bucket holds and refills it continuously', async () => {
    const charge = { bucket: fresh('b'), perMinute: 60, tokens: 20 };
    const granted = async (at: number) => (await quotas.reserve(requestOf([charge], at))).granted;
    expect([await granted(0), await granted(0), await granted(0)]).toEqual([true, true, true]);
    expect(await granted(19_999)).toBe(false);
    expect(await granted(20_000)).toBe(true);
    expect(await granted(20_000)).toBe(false);
  });

  it('takes nothing when one of several charges does not fit', async () => {
    const ample = { bucket: fresh('b'), perMinute: 100, tokens: 10 };
    const scarce = { bucket: fresh('b'), perMinute: 5, tokens: 5 };
    const taken = await quotas.reserve(requestOf([ample, scarce]));
    expect(taken).toEqual({ granted: true, left: [90, 0], leased: [], budgets: [] });
    const refused = await quotas.reserve(requestOf([ample, scarce]));
    expect(refused).toEqual({ granted: false, left: [90, 0], leased: [], budgets: [] });
  });

  it('admits a charge larger than a full bucket, on credit', async () => {
    const charge = { bucket: fresh('b'), perMinute: 60, tokens: 90 };
    expect(await quotas.reserve(requestOf([charge]))).toMatchObject({ granted: true, left: [-30] });
    const small = { ...charge, tokens: 1 };
    expect((await quotas.reserve(requestOf([small], 30_999))).granted).toBe(false);
    expect((await quotas.reserve(requestOf([small], 31_000))).granted).toBe(true);
  });

  it('settles by refunding, never above full, or charging the difference', async () => {
    const charge = { bucket: fresh('b'), perMinute: 10, tokens: 4 };
    await quotas.reserve(requestOf([charge]));
    await quotas.settle(requestOf([{ ...charge, tokens: 3 }]));
    expect(await quotas.reserve(requestOf([charge]))).toMatchObject({ granted: true, left: [5] });
    await quotas.settle(requestOf([{ ...charge, tokens: 100 }]));
    await quotas.settle(requestOf([{ ...charge, tokens: -12 }]));
    expect(await quotas.reserve(requestOf([charge]))).toMatchObject({ granted: false, left: [-2] });
  });

  it('grants no more leases than the maximum, and another after each release', async () => {
    const leases = [{ scope: fresh('t'), max: 2 }];
    const reserve = (holder: string) => quotas.reserve(requestOf([], 0, { leases, holder }));
    expect((await reserve('a')).granted).toBe(true);
    expect((await reserve('b')).granted).toBe(true);
    expect(await reserve('c')).toEqual({ granted: false, left: [], leased: [false], budgets: [] });
    await quotas.settle(requestOf([], 0, { leases, holder: 'a' }));
    expect((await reserve('c')).granted).toBe(true);
    expect((await reserve('d')).granted).toBe(false);
  });

  it('expires the lease of a silent holder, and keeps a renewed one', async () => {
    const leases = [{ scope: fresh('t'), max: 1 }];
    const at = (ms: number, holder: string) => requestOf([], ms, { leases, holder });
    expect((await quotas.reserve(at(0, 'a'))).granted).toBe(true);
    await quotas.renew(at(900, 'a'));
    expect((await quotas.reserve(at(1_500, 'b'))).granted).toBe(false);
    expect((await quotas.reserve(at(1_900, 'b'))).granted).toBe(true);
    await quotas.renew(at(1_950, 'a'));
    await quotas.settle(at(1_960, 'b'));
    expect((await quotas.reserve(at(1_970, 'c'))).granted).toBe(true);
  });

  it('charges nothing when there is no lease', async () => {
    const charges = [{ bucket: fresh('b'), perMinute: 10, tokens: 1 }];
    const leases = [{ scope: fresh('t'), max: 1 }];
    await quotas.reserve(requestOf(charges, 0, { leases }));
    const refused = await quotas.reserve(requestOf(charges, 0, { leases }));
    expect(refused).toEqual({ granted: false, left: [9], leased: [false], budgets: [] });
  });

  it('takes a lease first and the charges later, and one settlement gives both back', async () => {
    const charges = [{ bucket: fresh('b'), perMinute: 10, tokens: 4 }];
    const none = charges.map((charge) => ({ ...charge, tokens: 0 }));
    const leases = [{ scope: fresh('t'), max: 1 }];
    const first = { holder: 'a', leases };
    expect(await quotas.reserve(requestOf(none, 0, first))).toMatchObject({ left: [10] });
    const { granted, left } = await quotas.reserve(requestOf(charges, 0, { holder: 'a' }));
    expect([granted, left]).toEqual([true, [6]]);
    expect(await quotas.reserve(requestOf(none, 0, { leases }))).toMatchObject({ granted: false });
    await quotas.settle(requestOf(charges, 0, first));
    expect(await quotas.reserve(requestOf(none, 0, { leases }))).toMatchObject({
      granted: true,
      left: [10],
    });
  });

  it('refuses a lease whose charges take nothing from a bucket that has nothing', async () => {
    const charges = [{ bucket: fresh('b'), perMinute: 1, tokens: 1 }];
    const none = charges.map((charge) => ({ ...charge, tokens: 0 }));
    const leases = [{ scope: fresh('t'), max: 1 }];
    await quotas.reserve(requestOf(charges));
    const refused = { granted: false, left: [0], leased: [true] };
    expect(await quotas.reserve(requestOf(none, 0, { leases }))).toMatchObject(refused);
    expect(await quotas.reserve(requestOf([], 0, { leases }))).toMatchObject({ granted: true });
  });

  it('holds the maximum cost of a request, and spends its true cost instead', async () => {
    const budget = budgetOf(100, 40);
    const reserve = (holder: string) =>
      quotas.reserve(requestOf([], 0, { budgets: [budget], holder }));
    expect(await reserve('a')).toMatchObject({ granted: true, budgets: [{ spent: 0, held: 0 }] });
    expect(await reserve('b')).toMatchObject({ granted: true, budgets: [{ spent: 0, held: 40 }] });
    expect(await reserve('c')).toMatchObject({ granted: false, budgets: [{ spent: 0, held: 80 }] });
    await quotas.settle(requestOf([], 0, { budgets: [{ ...budget, cost: 20 }], holder: 'a' }));
    expect(await reserve('c')).toMatchObject({ granted: true, budgets: [{ spent: 20, held: 40 }] });
    expect(await reserve('d')).toMatchObject({
      granted: false,
      budgets: [{ spent: 20, held: 80 }],
    });
  });

  it('grants a lone request whatever is left, and nothing once all is spent', async () => {
    const budget = budgetOf(100, 400);
    const reserve = (holder: string) =>
      quotas.reserve(requestOf([], 0, { budgets: [budget], holder }));
    expect((await reserve('a')).granted).toBe(true);
    expect((await reserve('b')).granted).toBe(false);
    await quotas.settle(requestOf([], 0, { budgets: [{ ...budget, cost: 99 }], holder: 'a' }));
    expect((await reserve('b')).granted).toBe(true);
    await quotas.settle(requestOf([], 0, { budgets: [{ ...budget, cost: 30 }], holder: 'b' }));
    expect(await reserve('c')).toMatchObject({
      granted: false,
      budgets: [{ spent: 129, held: 0 }],
    });
  });

  it('expires the hold of a silent request, and keeps a renewed one', async () => {
    const budgets = [budgetOf(100, 80)];
    const at = (ms: number, holder: string) => requestOf([], ms, { budgets, holder });
    expect((await quotas.reserve(at(0, 'a'))).granted).toBe(true);
    await quotas.renew(at(900, 'a'));
    expect((await quotas.reserve(at(1_500, 'b'))).granted).toBe(false);
    expect((await quotas.reserve(at(1_900, 'b'))).granted).toBe(true);
  });

  it('never exceeds a budget by more than one request, in any order', async () => {
    const steps = fc.array(fc.tuple(fc.nat(4), fc.nat(60), fc.nat(100)), { maxLength: 40 });
    await checkProperty(
      fc.asyncProperty(steps, async (requests) => {
        const budget = budgetOf(200, 0);
        const running = new Map<string, number>();
        let spent = 0;
        const actual: unknown[] = [];
        const expected: unknown[] = [];
        for (const [request, hold, percent] of requests) {
          const holder = `r${request}`;
          const held = running.get(holder);
          if (held === undefined) {
            const state = await quotas.reserve(
              requestOf([], 0, { budgets: [{ ...budget, hold }], holder }),
            );
            const others = [...running.values()].reduce((sum, one) => sum + one, 0);
            const fits = spent + others + hold <= 200 || (others === 0 && spent < 200);
            actual.push([state.granted, state.budgets]);
            expected.push([fits, [{ spent, held: others }]]);
            if (fits) running.set(holder, hold);
          } else {
            const cost = Math.floor((held * percent) / 100);
            const budgets = [{ ...budget, hold: held, cost }];
            await quotas.settle(requestOf([], 0, { budgets, holder }));
            running.delete(holder);
            spent += cost;
          }
        }
        expect(actual).toEqual(expected);
        expect(spent).toBeLessThanOrEqual(200 + 60);
      }),
      { runs: 40 },
    );
  });

  it('grants exactly what the model grants, over any time and in any order', async () => {
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
          if (kind === 'settle') await quotas.settle(requestOf(charges, atMs));
          else {
            granted.push(await quotas.reserve(requestOf(charges, atMs)));
            expected.push({ ...state, leased: [], budgets: [] });
          }
        }
        expect(granted).toEqual(expected);
      }),
      { runs: 60 },
    );
  });

  it('grants exactly the limit to concurrent requests through several connections', async () => {
    const others = await Promise.all([open(), open()]);
    const charge = { bucket: fresh('b'), perMinute: 333, tokens: 1 };
    const decisions = Array.from({ length: 1_000 }, (_, at) => {
      const connection: Quotas = [quotas, ...others][at % 3] ?? quotas;
      return connection.reserve(requestOf([charge]));
    });
    expect((await Promise.all(decisions)).filter(({ granted }) => granted)).toHaveLength(333);
    for (const other of others) await other[Symbol.asyncDispose]();
  });
}
