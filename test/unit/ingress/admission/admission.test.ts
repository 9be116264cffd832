import { describe, expect, it } from 'vitest';
import {
  createAdmission,
  type AdmissionPorts,
  type AdmissionRequest,
  type GrantHolder,
} from '../../../../services/ingress/admission/admission.ts';
import type { Caller } from '../../../../services/ingress/auth/auth.ts';
import { NO_USAGE } from '../../../../services/ingress/admission/usage-cost.ts';
import type { LedgerEntry } from '../../../../shared/metering/ledger.ts';
import { NO_TOKENS } from '../../../../shared/token-usage.ts';
import type { QuotaRequest } from '../../../../shared/metering/quotas.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const CALLER = { keyId: 'k', tenant: 'first', secret: 's' };
const ASK = {
  id: 'req_1',
  kind: 'message' as const,
  model: 'm',
  body: Buffer.from('x'.repeat(400)),
};

const ENTRY = { id: 'req_1' } as LedgerEntry;

/** An admission over quotas that grant everything and record each call. */
function setup(replaced: Partial<AdmissionPorts> = {}) {
  const clock = createFakeClock();
  const calls: [
    name: string,
    order: Partial<Omit<QuotaRequest, 'budgets'>> & { budgets?: unknown },
  ][] = [];
  const errors: unknown[] = [];
  const admission = createAdmission({
    clock,
    limits: { leaseMs: 30_000, leaseRenewMs: 10_000, storeCooldownMs: 1_000 },
    events: {
      onError: (error) => errors.push(error),
      limitsSkipped: (facts) => errors.push(facts),
    },
    onStoreError: 'open',
    teamLimits: async () => undefined,
    quotas: {
      async reserve(order) {
        calls.push(['reserve', order]);
        const left = order.charges.map(({ perMinute, tokens }) => perMinute - tokens);
        const budgets = order.budgets.map(() => ({ spent: 0, held: 0 }));
        return { granted: true, left, leased: order.leases.map(() => true), budgets };
      },
      async renew(order) {
        calls.push(['renew', order]);
      },
    },
    settlementWriter: { enqueue: (settlement) => void calls.push(['settle', settlement]) },
    prices: { models: { m: { input: 1, output: 10 } } },
    ...replaced,
  });
  const named = (name: string) =>
    calls.filter((call) => call[0] === name).map(([, order]) => order);
  const state: GrantHolder = {};
  const admit = (caller: Caller, ask: AdmissionRequest) => admission.admit(state, caller, ask);
  const lease = (caller: Caller) => admission.lease(state, caller, ASK.id);
  return { admit, lease, state, clock, calls, errors, named };
}

describe('admission', () => {
  it('asks no store for a key without limits and without a team', async () => {
    const { admit, named } = setup();
    const { headers, settle } = await admit(CALLER, ASK);
    settle({ ...NO_USAGE, tokens: { ...NO_TOKENS, input: 5, output: 5 } }, 0, ENTRY);
    expect(headers).toEqual([]);
    expect(named('reserve')).toEqual([]);
    expect(named('settle')).toMatchObject([{ charges: [], leases: [], budgets: [], entry: ENTRY }]);
  });

  it('registers its grant on the state of the request, from the call on', async () => {
    const { admit, state } = setup();
    const admitted = admit({ ...CALLER, limits: { concurrentRequests: 2 } }, ASK);
    expect(state.grant).toBeInstanceOf(Promise);
    const grant = await admitted;
    expect(state.grant).toBe(grant);
  });

  it('leaves no grant on the state of a request that it rejects', async () => {
    const { admit, state } = setup({ onStoreError: 'closed', teamLimits: () => Promise.reject() });
    await expect(admit({ ...CALLER, team: 'search' }, ASK)).rejects.toMatchObject({
      code: 'store_down',
    });
    expect(state.grant).toBeUndefined();
  });

  it('does not ask for what nothing limits', async () => {
    const { admit, calls } = setup();
    await admit({ ...CALLER, team: 'search', limits: {} }, ASK);
    expect(calls).toEqual([]);
  });

  it('charges the estimate, and settles the difference to the real usage', async () => {
    const { admit, named } = setup();
    const limits = { inputTokensPerMinute: 900, outputTokensPerMinute: 50 };
    const grant = await admit({ ...CALLER, limits }, ASK);
    expect(named('reserve')[0]?.charges).toMatchObject([
      { bucket: 'key:first:input-tokens', perMinute: 900, tokens: 100 },
      { bucket: 'key:first:output-tokens', perMinute: 50, tokens: 0 },
    ]);
    grant.settle(
      {
        tokens: { ...NO_TOKENS, input: 90, cacheWrite5m: 30, cacheWrite1h: 10, output: 7 },
        estimated: false,
      },
      0,
      ENTRY,
    );
    expect(named('settle')[0]?.charges).toMatchObject([{ tokens: -30 }, { tokens: -7 }]);
  });

  it('renews leases while their requests run, and no longer', async () => {
    const { admit, clock, named } = setup();
    const grant = await admit({ ...CALLER, limits: { concurrentRequests: 2 } }, ASK);
    clock.advance(20_000);
    expect(named('renew')).toMatchObject([
      { holder: 'req_1', leases: [{ scope: 'key:first', max: 2 }] },
      { holder: 'req_1', untilMs: clock.now() + 30_000 },
    ]);
    grant.settle(NO_USAGE, 0, ENTRY);
    clock.advance(60_000);
    expect(named('renew')).toHaveLength(2);
  });

  it('holds the most a request can cost, and spends what it did cost', async () => {
    const { admit, named } = setup();
    const caller = { ...CALLER, limits: { usdPerDay: 2 }, team: 'search' };
    const grant = await admit(caller, { ...ASK, maxTokens: 50 });
    const day = { account: 'key:first:2026-01-01', endMs: Date.UTC(2026, 0, 2) };
    const hold = (100 * 1 + 50 * 10) * 1_000;
    expect(named('reserve')[0]?.budgets).toMatchObject([{ ...day, max: 2e9, hold }]);
    grant.settle(NO_USAGE, 7, ENTRY);
    const spentFrom = { hold: 0, cost: 7 };
    expect(named('settle')[0]?.budgets).toEqual([
      { ...day, hold, cost: 7 },
      { ...spentFrom, account: 'key:first:2026-01', endMs: Date.UTC(2026, 1, 1) },
      { ...spentFrom, account: 'team:search:2026-01-01', endMs: Date.UTC(2026, 0, 2) },
      { ...spentFrom, account: 'team:search:2026-01', endMs: Date.UTC(2026, 1, 1) },
    ]);
  });

  it('holds what the dearest model can cost that the request names, at the price it asks for', async () => {
    const factors = { speed: { fast: 2 }, inferenceGeo: { us: 1.1 }, serviceTier: {} };
    const models = { m: { input: 1, output: 10 }, dear: { input: 3, output: 30 } };
    const { admit, named } = setup({ prices: { models, factors } });
    const priceRequest = () => ({
      models: ['m', 'dear'],
      maxTokens: 70,
      facts: { speed: 'fast', inferenceGeo: 'us' },
    });
    await admit({ ...CALLER, limits: { usdPerDay: 2 } }, { ...ASK, maxTokens: 50, priceRequest });
    const hold = ((100 * 3 + 70 * 30) * 1_000 * 22) / 10;
    expect(named('reserve')[0]?.budgets).toMatchObject([{ hold }]);
  });

  it('counts spending without a budget, for one that may be set later', async () => {
    const { admit, named } = setup();
    const grant = await admit(CALLER, ASK);
    grant.settle(NO_USAGE, 7, ENTRY);
    expect(named('reserve')).toEqual([]);
    expect(named('settle')[0]?.budgets).toMatchObject([{ cost: 7 }, { cost: 7 }]);
  });

  it('rejects a model without a price where a budget applies', async () => {
    const { admit } = setup();
    const asked = { ...ASK, model: 'free' };
    const advised = {
      ...ASK,
      priceRequest: () => ({ models: ['m', 'free'], maxTokens: 0, facts: {} }),
    };
    const bounded = { ...CALLER, limits: { usdPerMonth: 1 } };
    await expect(admit(bounded, asked)).rejects.toMatchObject({ code: 'model_without_price' });
    await expect(admit(bounded, advised)).rejects.toMatchObject({ code: 'model_without_price' });
    await expect(admit(CALLER, asked)).resolves.toBeDefined();
  });

  it.each(['open', 'closed'] as const)(
    'fails %s when the limits of the team cannot be read',
    async (on) => {
      const { admit, errors } = setup({
        onStoreError: on,
        teamLimits: () => Promise.reject(new RangeError('down')),
      });
      const response = admit({ ...CALLER, team: 'search' }, ASK).then(
        ({ headers }) => headers,
        ({ code }: { code: string }) => code,
      );
      expect(await response).toEqual(on === 'open' ? [] : 'store_down');
      expect(errors).toHaveLength(on === 'open' ? 1 : 0);
    },
  );

  it.each(['open', 'closed'] as const)(
    'frees what a store that failed %s may have taken all the same',
    async (on) => {
      const { admit, named } = setup({
        onStoreError: on,
        quotas: {
          reserve: () => Promise.reject(new RangeError('Command timed out')),
          renew: async () => {},
        },
      });
      const limits = { requestsPerMinute: 5, concurrentRequests: 2, usdPerDay: 1 };
      const grant = await admit({ ...CALLER, limits }, ASK).catch(() => undefined);
      grant?.settle(NO_USAGE, 0, ENTRY);
      expect(named('settle')).toMatchObject([
        {
          holder: 'req_1',
          charges: [],
          leases: [{ scope: 'key:first', max: 2 }],
          budgets: [{ account: expect.stringContaining('key:first:') as string, cost: 0 }],
        },
      ]);
      expect(named('settle')[0]?.budgets).toMatchObject([{ hold: expect.any(Number) as number }]);
    },
  );

  it('does not ask a failed store again until its pause is over', async () => {
    let asked = 0;
    const { admit, clock, errors } = setup({
      teamLimits: () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new RangeError('down')) : Promise.resolve(undefined);
      },
    });
    const ask = () => admit({ ...CALLER, team: 'search' }, ASK);
    await ask();
    clock.advance(999);
    await ask();
    expect([asked, errors.length]).toEqual([1, 2]);
    clock.advance(1);
    await ask();
    expect([asked, errors.length]).toEqual([2, 2]);
  });
});

describe('a lease before the body', () => {
  const limits = { concurrentRequests: 2, requestsPerMinute: 9 };
  const caller = { ...CALLER, limits };
  const leases = [{ scope: 'key:first', max: 2 }];
  const grantOf = async ({ grant }: GrantHolder) => await grant;

  it('is taken at once, without any charge, and the charges later, without the lease', async () => {
    const { lease, admit, named } = setup();
    await lease(caller);
    await admit(caller, ASK);
    expect(named('reserve')).toMatchObject([
      { leases, charges: [{ bucket: 'key:first:requests', tokens: 0 }], budgets: [] },
      { leases: [], charges: [{ bucket: 'key:first:requests', tokens: 1 }] },
    ]);
  });

  it('is released once, with the charges of its grant', async () => {
    const { lease, admit, named } = setup();
    await lease(caller);
    const grant = await admit(caller, ASK);
    grant.settle(NO_USAGE, 0, ENTRY);
    expect(named('settle')).toMatchObject([{ leases, entry: ENTRY }]);
  });

  it('is renewed while the body arrives, and until its request is settled', async () => {
    const { lease, admit, state, clock, named } = setup();
    await lease(caller);
    clock.advance(30_000);
    expect(named('renew')).toHaveLength(3);
    await admit(caller, ASK);
    clock.advance(10_000);
    expect(named('renew')).toHaveLength(4);
    (await grantOf(state))?.settle(NO_USAGE, 0, ENTRY);
    clock.advance(60_000);
    expect(named('renew')).toHaveLength(4);
  });

  it('stays to be settled when the charges are refused, or their store fails', async () => {
    for (const onStoreError of ['open', 'closed'] as const) {
      const { lease, admit, state, named } = setup({ onStoreError });
      await lease(caller);
      const budget = { ...caller, limits: { ...limits, usdPerDay: 1 } };
      await expect(admit(budget, { ...ASK, model: 'unpriced' })).rejects.toMatchObject({
        code: 'model_without_price',
      });
      (await grantOf(state))?.settle(NO_USAGE, 0, ENTRY);
      expect(named('settle')).toMatchObject([{ leases, charges: [], entry: ENTRY }]);
    }
  });

  it('is not asked for where nothing limits concurrency', async () => {
    const { lease, calls } = setup();
    await lease({ ...CALLER, limits: { requestsPerMinute: 9 }, team: 'search' });
    expect(calls).toEqual([]);
  });

  it('that may have been taken although the store failed is released, or settled', async () => {
    const broken = { reserve: () => Promise.reject(new Error('timeout')), renew: async () => {} };
    const closed = setup({ onStoreError: 'closed', quotas: broken });
    await expect(closed.lease(caller)).rejects.toMatchObject({ code: 'store_down' });
    expect(closed.named('settle')).toMatchObject([{ leases }]);
    expect(closed.state.grant).toBeUndefined();

    const open = setup({ onStoreError: 'open', quotas: broken });
    await open.lease(caller);
    await open.admit(caller, ASK);
    expect(open.errors).toHaveLength(1);
    (await grantOf(open.state))?.settle(NO_USAGE, 0, ENTRY);
    expect(open.named('settle')).toMatchObject([{ leases, charges: [] }]);
  });

  it('is taken with the charges when the store was known to be down before', async () => {
    let isDown = true;
    const { lease, admit, clock, named, errors } = setup({
      teamLimits: async () => {
        if (isDown) throw new Error('down');
        return {};
      },
    });
    const inTeam = { ...caller, team: 'search' };
    await lease(inTeam);
    isDown = false;
    clock.advance(1_000);
    await admit(inTeam, ASK);
    expect(named('reserve')).toMatchObject([{ leases }]);
    expect(errors).toHaveLength(1);
  });

  it('is not taken once the response has closed, and neither are charges', async () => {
    const { lease, admit, state, calls } = setup();
    state.isOver = true;
    await expect(lease(caller)).rejects.toMatchObject({ code: 'client_disconnected' });
    await expect(admit(caller, ASK)).rejects.toMatchObject({ code: 'client_disconnected' });
    expect(calls).toEqual([]);
  });
});
