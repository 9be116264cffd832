// Keys over HTTP, for administrators and clients: on one gateway, and on two that share only Redis.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../shared/runtime/clock.ts';
import { createKey } from '../../shared/keys.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
/** Time by which a revocation must apply everywhere. */
const SEEN_MS = 1_000;

interface CreatedKey {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

interface ErrorBody {
  readonly type: string;
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly details: { readonly error_code: string };
  };
}

/** The system clock with a date that can be advanced. */
function createShiftedClock(): Clock & { shift(ms: number): void } {
  let shiftedMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + shiftedMs,
    shift: (ms) => void (shiftedMs += ms),
  };
}

async function admin(
  gateway: Pick<Gateway, 'url'>,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  token = TOKEN,
) {
  const response = await fetch(`${gateway.url}/admin/keys${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const { status, headers } = response;
  const json: unknown = await response.json();
  return { status, headers, json };
}

async function create(gateway: Gateway, input: Record<string, unknown> = {}): Promise<CreatedKey> {
  const { status, json } = await admin(gateway, 'POST', '', { name: 'test', ...input });
  expect(status).toBe(201);
  return json as CreatedKey;
}

async function ask(
  gateway: Pick<Gateway, 'url'>,
  key: string,
  fields: Record<string, unknown> = {},
  path = '/v1/messages',
) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-a',
      max_tokens: 5,
      messages: [{ role: 'user', content: 'x' }],
      ...fields,
    }),
  });
  const { status, headers } = response;
  const json = (await response.json()) as ErrorBody;
  return { status, headers, error: status === 200 ? undefined : json.error };
}

describe('keys on one gateway', () => {
  const clock = createShiftedClock();
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_ADMIN_TOKEN: TOKEN },
      replaced: { clock },
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('are created, usable immediately, and revoked within a second', async () => {
    const { id, key } = await create(gateway);
    expect((await ask(gateway, key)).status).toBe(200);
    const revoked = await admin(gateway, 'POST', `/${id}/revoke`);
    expect(revoked.json).toMatchObject({ id, status: 'revoked' });
    await expect.poll(async () => (await ask(gateway, key)).status, { timeout: SEEN_MS }).toBe(401);
    const { headers, error } = await ask(gateway, key);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(error).toMatchObject({
      type: 'authentication_error',
      message: 'The API key was revoked.',
      details: { error_code: 'invalid_api_key' },
    });
  });

  it('are rejected on every route once revoked', async () => {
    const { id, key } = await create(gateway);
    await admin(gateway, 'POST', `/${id}/revoke`);
    const headers = { authorization: `Bearer ${key}` };
    expect((await fetch(`${gateway.url}/v1/models`, { headers })).status).toBe(401);
    expect((await ask(gateway, key, {}, '/v1/messages/count_tokens')).status).toBe(401);
  });

  it('are rotated with an overlap in which both are valid', async () => {
    const old = await create(gateway, { models: ['claude-a'] });
    const rotated = await admin(gateway, 'POST', `/${old.id}/rotate`, { overlap: '1h' });
    expect(rotated.status).toBe(201);
    const made = rotated.json as CreatedKey;
    expect(made).toMatchObject({ name: 'test', models: ['claude-a'] });
    expect((await ask(gateway, old.key)).status).toBe(200);
    expect((await ask(gateway, made.key)).status).toBe(200);
    clock.shift(3_600_000);
    expect((await ask(gateway, old.key)).error?.message).toBe('The API key has expired.');
    expect((await ask(gateway, made.key)).status).toBe(200);
    const again = await admin(gateway, 'POST', `/${old.id}/rotate`);
    expect(again.status).toBe(400);
  });

  it('expire', async () => {
    const { key } = await create(gateway, { expires_in: '2d' });
    clock.shift(86_400_000);
    expect((await ask(gateway, key)).status).toBe(200);
    clock.shift(86_400_000);
    const { status, headers } = await ask(gateway, key);
    expect([status, headers.get('x-should-retry')]).toEqual([401, 'false']);
  });

  it.each(['/v1/messages', '/v1/messages/count_tokens'])(
    'may request only their models at %s',
    async (path) => {
      const { key } = await create(gateway, { models: ['claude-a', 'claude-b'] });
      expect((await ask(gateway, key, { model: 'claude-b' }, path)).status).toBe(200);
      const fallbacks = [{ model: 'claude-c' }];
      for (const fields of [{ model: 'claude-c' }, { fallbacks }]) {
        const { status, headers, error } = await ask(gateway, key, fields, path);
        expect([status, headers.get('x-should-retry')]).toEqual([400, 'false']);
        expect(error).toMatchObject({ type: 'policy_blocked' });
        expect(error?.message).toContain('claude-a, claude-b');
      }
    },
  );

  it('are listed in pages, without secrets', async () => {
    for (let made = 0; made < 3; made++) await create(gateway);
    const ids: string[] = [];
    const created: string[] = [];
    for (let after = ''; ;) {
      const { json } = await admin(gateway, 'GET', `?limit=2${after}`);
      const page = json as { data: CreatedKey[]; has_more: boolean; last_id: string };
      expect(JSON.stringify(page)).not.toMatch(/llmp_|[0-9a-f]{64}/);
      ids.push(...page.data.map(({ id }) => id));
      created.push(...page.data.map((key) => key.created_at));
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    expect(ids.length).toBeGreaterThanOrEqual(3);
    expect(new Set(ids).size).toBe(ids.length);
    expect(created).toEqual(created.toSorted());
  });

  it.each([
    ['models.1', 'POST', '', { name: 'a', models: ['b', '*'] }],
    ['name', 'POST', '', {}],
    ['colour', 'POST', '', { name: 'a', colour: 'red' }],
    ['body', 'POST', '', []],
    ['limit', 'GET', '?limit=none', undefined],
    ['overlap', 'POST', '/nobody/rotate', { overlap: 'long' }],
  ] as const)('report an invalid %s', async (path, method, place, body) => {
    const { status, json } = await admin(gateway, method, place, body);
    expect(status).toBe(400);
    const { type, error } = json as ErrorBody;
    expect(type).toBe('error');
    expect(error.details.error_code).toBe('invalid_request');
    expect(error.message).toMatch(new RegExp(`^${path.replace('.', String.raw`\.`)}: `));
  });

  it('report other invalid requests', async () => {
    const errors = await Promise.all([
      admin(gateway, 'POST', '', '{"name":'),
      admin(gateway, 'POST', '/nobody/revoke'),
      admin(gateway, 'POST', '', { name: 'x'.repeat(100_000) }),
    ]);
    const codes = errors.map(({ json }) => (json as ErrorBody).error.details.error_code);
    expect(codes).toEqual(['invalid_json', 'not_found', 'request_too_large']);
  });

  it('are administered only with the admin token', async () => {
    const { key, id } = await create(gateway);
    for (const wrong of [key, gateway.key, `${TOKEN}x`, TOKEN.slice(0, -1)]) {
      const { status, headers } = await admin(gateway, 'POST', `/${id}/revoke`, undefined, wrong);
      expect([status, headers.get('x-should-retry')]).toEqual([401, 'false']);
    }
    expect((await fetch(`${gateway.url}/admin/keys`)).status).toBe(401);
    expect((await ask(gateway, key)).status).toBe(200);
    expect((await ask(gateway, TOKEN)).status).toBe(401);
  });

  it('log their changes, but never a secret', async () => {
    const { id, key } = await create(gateway);
    await admin(gateway, 'POST', `/${id}/revoke`);
    const lines = gateway.logs().filter((line) => line['msg'] === 'key changed');
    const changes = lines.filter((line) => line['keyId'] === id).map((line) => line['change']);
    expect(changes).toEqual(['created', 'revoked']);
    const written = JSON.stringify(gateway.logs());
    expect(written).not.toContain(key);
    expect(written).not.toContain(TOKEN);
  });
});

describe('a gateway', () => {
  it('has no admin API without an admin token', async () => {
    await using gateway = await startGateway({ bus: 'embedded' });
    expect((await admin(gateway, 'GET', '')).status).toBe(404);
    expect((await admin(gateway, 'POST', '', { name: 'a' }, gateway.key)).status).toBe(404);
  });

  it('throttles an address that guesses keys, but not valid keys', async () => {
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    const replaced = { limits: { auth: { failuresMax: 3 } } };
    await using gateway = await startGateway({ bus: 'embedded', env, replaced });
    const mine = await create(gateway);
    const statuses = [];
    for (let guess = 0; guess < 4; guess++) statuses.push((await ask(gateway, createKey())).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const { headers, error } = await ask(gateway, createKey());
    expect(error).toMatchObject({
      type: 'rate_limit_error',
      details: { error_code: 'too_many_auth_failures' },
    });
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(45);
    expect((await admin(gateway, 'GET', '', undefined, 'a-wrong-token')).status).toBe(429);
    // None of these was used before.
    expect((await admin(gateway, 'GET', '')).status).toBe(200);
    expect((await ask(gateway, mine.key)).status).toBe(200);
    expect((await ask(gateway, gateway.key)).status).toBe(200);
    expect((await ask(gateway, (await create(gateway)).key)).status).toBe(200);
  });

  it('accepts new keys from an address that hammers it with a stale one', async () => {
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    const replaced = { limits: { auth: { failuresMax: 3 } } };
    await using gateway = await startGateway({ bus: 'embedded', env, replaced });
    const made = await Promise.all(Array.from({ length: 20 }, () => create(gateway)));
    const stale = createKey();
    const hammered = await Promise.all(
      Array.from({ length: 200 }, (_, at) => ask(gateway, made[at / 10]?.key ?? stale)),
    );
    const accepted = hammered.filter((_, at) => at % 10 === 0).map(({ status }) => status);
    expect(accepted).toEqual(made.map(() => 200));
    expect(new Set(hammered.map(({ status }) => status))).toEqual(new Set([200, 401, 429]));
  });
});

describeWith('redis-server')('keys on two gateways that share Redis', () => {
  let redis: RunningServer;
  const gateways: Gateway[] = [];
  beforeAll(async () => {
    redis = await startRedisServer();
    const env = { LLMP_ADMIN_TOKEN: TOKEN, REDIS_URL: redis.url };
    for (let at = 0; at < 2; at++) gateways.push(await startGateway({ bus: 'embedded', env }));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const statuses = (key: string) =>
    Promise.all(gateways.map(async (gateway) => (await ask(gateway, key)).status));

  it('are valid on both, and revoked on both within a second', async () => {
    const [one, other] = gateways as [Gateway, Gateway];
    const { id, key } = await create(one);
    expect(await statuses(key)).toEqual([200, 200]);
    const startedMs = performance.now();
    await admin(other, 'POST', `/${id}/revoke`);
    await expect.poll(() => statuses(key), { timeout: SEEN_MS, interval: 20 }).toEqual([401, 401]);
    expect(performance.now() - startedMs).toBeLessThan(SEEN_MS);
  });

  it('have one successor when both rotate at the same time', async () => {
    const [one] = gateways as [Gateway, Gateway];
    const { id } = await create(one);
    const responses = await Promise.all(gateways.map((at) => admin(at, 'POST', `/${id}/rotate`)));
    expect(responses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 400]);
    const made = responses.find(({ status }) => status === 201)?.json as CreatedKey;
    expect(await statuses(made.key)).toEqual([200, 200]);
  });
});
