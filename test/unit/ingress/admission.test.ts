import { describe, expect, it } from 'vitest';
import { createAdmission, type AdmissionPorts } from '../../../services/ingress/admission.ts';
import type { QuotaOrder } from '../../../shared/quotas.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const CALLER = { keyId: 'k', tenant: 'first', secret: 's' };
const ASK = { id: 'req_1', kind: 'message' as const, body: Buffer.from('x'.repeat(400)) };

/** An admission over quotas that grant all and remember what they were asked. */
function door(replaced: Partial<AdmissionPorts> = {}) {
  const clock = createFakeClock();
  const calls: [name: string, order: Partial<QuotaOrder>][] = [];
  const faults: unknown[] = [];
  const settled = Promise.withResolvers<void>();
  const admission = createAdmission({
    clock,
    limits: { seatMs: 30_000, seatBeatMs: 10_000, storeRestMs: 1_000 },
    events: { fault: (error) => faults.push(error), unlimited: (facts) => faults.push(facts) },
    onStoreFault: 'open',
    teamLimits: async () => undefined,
    quotas: {
      async take(order) {
        calls.push(['take', order]);
        const left = order.draws.map(({ perMinute, tokens }) => perMinute - tokens);
        return { granted: true, left, seated: order.seats.map(() => true) };
      },
      settle(order) {
        calls.push(['settle', order]);
        return settled.promise;
      },
      async renew(order) {
        calls.push(['renew', order]);
      },
    },
    ...replaced,
  });
  const named = (name: string) =>
    calls.filter((call) => call[0] === name).map(([, order]) => order);
  return { admission, clock, calls, faults, named, settled };
}

describe('admission', () => {
  it('asks nobody for a key without limits and without a team', async () => {
    const { admission, calls } = door();
    const { headers, settle } = await admission.admit(CALLER, ASK);
    settle({ inputTokens: 5, outputTokens: 5 });
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
    expect(named('take')[0]?.draws).toMatchObject([
      { bucket: 'key:first:input-tokens', perMinute: 900, tokens: 100 },
      { bucket: 'key:first:output-tokens', perMinute: 50, tokens: 0 },
    ]);
    grant.settle({ inputTokens: 130, outputTokens: 7 });
    expect(named('settle')[0]?.draws).toMatchObject([{ tokens: -30 }, { tokens: -7 }]);
  });

  it('speaks for the requests it holds as long as they run, and no longer', async () => {
    const { admission, clock, named } = door();
    const grant = await admission.admit({ ...CALLER, limits: { concurrentRequests: 2 } }, ASK);
    clock.advance(20_000);
    expect(named('renew')).toMatchObject([
      { holder: 'req_1', seats: [{ table: 'key:first', max: 2 }] },
      { holder: 'req_1', untilMs: clock.now() + 30_000 },
    ]);
    grant.settle({ inputTokens: 0, outputTokens: 0 });
    clock.advance(60_000);
    expect(named('renew')).toHaveLength(2);
  });

  it('ends only when the last cost is in the store', async () => {
    const { admission, clock, settled } = door();
    const grant = await admission.admit({ ...CALLER, limits: { concurrentRequests: 2 } }, ASK);
    grant.settle({ inputTokens: 0, outputTokens: 0 });
    let ended = false;
    const end = admission[Symbol.asyncDispose]().then(() => (ended = true));
    await Promise.resolve();
    expect(ended).toBe(false);
    settled.resolve();
    await end;
    expect(clock.pending).toBe(0);
  });

  it.each(['open', 'closed'] as const)('fails %s when the team cannot be told', async (on) => {
    const { admission, faults } = door({
      onStoreFault: on,
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
