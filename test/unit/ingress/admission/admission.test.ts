import { describe, expect, it } from 'vitest';
import {
  createAdmission,
  type AdmissionPorts,
} from '../../../../services/ingress/admission/admission.ts';
import { NOTHING_SPENT } from '../../../../services/ingress/admission/usage-cost.ts';
import type { QuotaOrder } from '../../../../shared/metering/quotas.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const CALLER = { keyId: 'k', tenant: 'first', secret: 's' };
const ASK = {
  id: 'req_1',
  kind: 'message' as const,
  model: 'm',
  body: Buffer.from('x'.repeat(400)),
};

/** An admission over quotas that grant all and remember what they were asked. */
function door(replaced: Partial<AdmissionPorts> = {}) {
  const clock = createFakeClock();
  const calls: [
    name: string,
    order: Partial<Omit<QuotaOrder, 'budgets'>> & { budgets?: unknown },
  ][] = [];
  const faults: unknown[] = [];
  const admission = createAdmission({
    clock,
    limits: { leaseMs: 30_000, leaseRenewMs: 10_000, storeCooldownMs: 1_000 },
    events: {
      onError: (error) => faults.push(error),
      limitsSkipped: (facts) => faults.push(facts),
    },
    onStoreError: 'open',
    teamLimits: async () => undefined,
    quotas: {
      async take(order) {
        calls.push(['take', order]);
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
  return { admission, clock, calls, faults, named };
}

describe('admission', () => {
  it('asks nobody for a key without limits and without a team', async () => {
    const { admission, calls } = door();
    const { headers, settle } = await admission.admit(CALLER, ASK);
    settle({ ...NOTHING_SPENT, inputTokens: 5, outputTokens: 5 }, 0);
    expect(headers).toEqual([]);
    expect(calls).toEqual([]);
  });

  it('does not ask for what nothing bounds', async () => {
    const { admission, calls } = door();
    await admission.admit({ ...CALLER, team: 'search', limits: {} }, ASK);
    expect(calls).toEqual([]);
  });

  it('draws the estimate, and settles by the difference to what it was', async () => {
    const { admission, named } = door();
    const limits = { inputTokensPerMinute: 900, outputTokensPerMinute: 50 };
    const grant = await admission.admit({ ...CALLER, limits }, ASK);
    expect(named('take')[0]?.charges).toMatchObject([
      { bucket: 'key:first:input-tokens', perMinute: 900, tokens: 100 },
      { bucket: 'key:first:output-tokens', perMinute: 50, tokens: 0 },
    ]);
    grant.settle({ ...NOTHING_SPENT, inputTokens: 90, cacheWriteTokens: 40, outputTokens: 7 }, 0);
    expect(named('settle')[0]?.charges).toMatchObject([{ tokens: -30 }, { tokens: -7 }]);
  });

  it('speaks for the requests it holds as long as they run, and no longer', async () => {
    const { admission, clock, named } = door();
    const grant = await admission.admit({ ...CALLER, limits: { concurrentRequests: 2 } }, ASK);
    clock.advance(20_000);
    expect(named('renew')).toMatchObject([
      { holder: 'req_1', leases: [{ table: 'key:first', max: 2 }] },
      { holder: 'req_1', untilMs: clock.now() + 30_000 },
    ]);
    grant.settle(NOTHING_SPENT, 0);
    clock.advance(60_000);
    expect(named('renew')).toHaveLength(2);
  });

  it('sets aside what a request may cost at most, and spends what it did cost', async () => {
    const { admission, named } = door();
    const caller = { ...CALLER, limits: { usdPerDay: 2 }, team: 'search' };
    const grant = await admission.admit(caller, { ...ASK, maxTokens: 50 });
    const day = { account: 'key:first:2026-01-01', endMs: Date.UTC(2026, 0, 2) };
    const hold = (100 * 1 + 50 * 10) * 1_000;
    expect(named('take')[0]?.budgets).toMatchObject([{ ...day, max: 2e9, hold }]);
    grant.settle(NOTHING_SPENT, 7);
    const spentFrom = { hold: 0, cost: 7 };
    expect(named('settle')[0]?.budgets).toEqual([
      { ...day, hold, cost: 7 },
      { ...spentFrom, account: 'key:first:2026-01', endMs: Date.UTC(2026, 1, 1) },
      { ...spentFrom, account: 'team:search:2026-01-01', endMs: Date.UTC(2026, 0, 2) },
      { ...spentFrom, account: 'team:search:2026-01', endMs: Date.UTC(2026, 1, 1) },
    ]);
  });

  it('spends also where no budget is set, for one that may be set later', async () => {
    const { admission, named } = door();
    const grant = await admission.admit(CALLER, ASK);
    grant.settle(NOTHING_SPENT, 7);
    expect(named('take')).toEqual([]);
    expect(named('settle')[0]?.budgets).toMatchObject([{ cost: 7 }, { cost: 7 }]);
  });

  it('refuses a model without a price where there is a budget', async () => {
    const { admission } = door();
    const asked = { ...ASK, model: 'free' };
    const bounded = { ...CALLER, limits: { usdPerMonth: 1 } };
    await expect(admission.admit(bounded, asked)).rejects.toMatchObject({ code: 'policy_blocked' });
    await expect(admission.admit(CALLER, asked)).resolves.toBeDefined();
  });

  it.each(['open', 'closed'] as const)('fails %s when the team cannot be told', async (on) => {
    const { admission, faults } = door({
      onStoreError: on,
      teamLimits: () => Promise.reject(new RangeError('down')),
    });
    const answer = admission.admit({ ...CALLER, team: 'search' }, ASK).then(
      ({ headers }) => headers,
      ({ code }: { code: string }) => code,
    );
    expect(await answer).toEqual(on === 'open' ? [] : 'store_down');
    expect(faults).toHaveLength(on === 'open' ? 1 : 0);
  });

  it('lets a store that failed rest, and asks it again afterwards', async () => {
    let asked = 0;
    const { admission, clock, faults } = door({
      teamLimits: () => {
        asked += 1;
        return asked === 1 ? Promise.reject(new RangeError('down')) : Promise.resolve(undefined);
      },
    });
    const ask = () => admission.admit({ ...CALLER, team: 'search' }, ASK);
    await ask();
    clock.advance(999);
    await ask();
    expect([asked, faults.length]).toEqual([1, 2]);
    clock.advance(1);
    await ask();
    expect([asked, faults.length]).toEqual([2, 2]);
  });
});
