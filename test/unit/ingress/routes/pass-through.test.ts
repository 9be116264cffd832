import fastify from 'fastify';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../../services/ingress/auth/auth.ts';
import { passThroughRoutes } from '../../../../services/ingress/routes/pass-through.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import type { QuotaLimits } from '../../../../shared/metering/quotas.ts';
import { checkProperty } from '../../../kit/properties.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

const KEY: Caller = { keyId: 'a', tenant: 'a', secret: 'llmp_secret' };
const NO_ERROR = 'relayed';

let caller: Caller;
let teamLimits: () => Promise<QuotaLimits | undefined>;

const app = fastify();
app.addHook('onRequest', async (request) => {
  request.caller = caller;
  request.state = { startedMs: 0 };
});
app.setErrorHandler((thrown, _request, reply) => reply.send(LlmpError.from(thrown).code));
passThroughRoutes(app, ['files'], {
  relay: async (_request, reply) => void (await reply.send(NO_ERROR)),
  admission: {
    admit: () => Promise.resolve({ headers: [], estimate: 0, settle: () => {} }),
  },
  receiveBody: () => Promise.resolve(Buffer.alloc(0)),
  teamLimits: () => teamLimits(),
});

beforeEach(() => {
  caller = KEY;
  teamLimits = () => Promise.resolve(undefined);
});

async function resultOf(): Promise<string> {
  return (await app.inject({ method: 'GET', url: '/v1/files' })).body;
}

describe('a request that would pass as it came', () => {
  it('is relayed for a key that nothing limits', async () => {
    expect(await resultOf()).toBe(NO_ERROR);
  });

  it('is refused while the limits of a team cannot be read', async () => {
    caller = { ...KEY, team: 'search' };
    teamLimits = () => Promise.reject(new Error('no store'));
    expect(await resultOf()).toBe('store_down');
  });

  it('is relayed exactly when every restriction of key and team is enforced', async () => {
    const some = fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined });
    const bounds = fc.record({
      requestsPerMinute: some,
      concurrentRequests: some,
      inputTokensPerMinute: some,
      outputTokensPerMinute: some,
      usdPerDay: some,
      usdPerMonth: some,
    });
    const inputs = fc.record({
      key: bounds,
      team: fc.option(bounds, { nil: undefined }),
      models: fc.option(fc.array(fc.constant('m')), { nil: undefined }),
      policy: fc.option(fc.constantFrom('default', 'strict'), { nil: undefined }),
    });
    const isOpen = (limits: Record<string, number | undefined> = {}) =>
      Object.entries(limits).every(
        ([name, value]) =>
          value === undefined || ['requestsPerMinute', 'concurrentRequests'].includes(name),
      );
    await checkProperty(
      fc.asyncProperty(inputs, async ({ key, team, models, policy }) => {
        const asked: Mutable<Caller> = { ...KEY, limits: given(key) };
        if (team) asked.team = 'search';
        if (models) asked.models = models;
        if (policy !== undefined) asked.policy = policy;
        caller = asked;
        teamLimits = () => Promise.resolve(team && given(team));
        const passes = isOpen(key) && isOpen(team) && !models && policy === undefined;
        expect(await resultOf()).toBe(passes ? NO_ERROR : 'pass_through_refused');
      }),
    );
  });
});

function given(limits: Record<string, number | undefined>): QuotaLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
