// Budgets and the ledger over HTTP: which requests are rejected and how, what each outcome costs, and what
// the admin API reports. The clock stands still, so every number is exact.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputEstimate } from '../../shared/metering/token-estimate.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { adminOf, messageBody } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway, type GatewayOptions } from '../kit/gateway.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const NOW = Date.UTC(2026, 10, 27, 22);
const USAGE = {
  input_tokens: 1_000,
  cache_creation_input_tokens: 100,
  cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  cache_read_input_tokens: 10_000,
  output_tokens: 2_000,
};
/** At a dollar per million input tokens and the usual multiples of it. */
const COST_USD = (1_000 + 60 * 1.25 + 40 * 2 + 10_000 * 0.1 + 2_000 * 5) / 1e6;
const CHEAP = ['buffered', 'stream', 'cut', 'error', 'stalled', 'refused', 'gated'];
const PRICES = JSON.stringify({
  version: 1,
  models: {
    ...Object.fromEntries(CHEAP.map((model) => [model, { input: 1, output: 5 }])),
    dear: { input: 10, output: 50 },
  },
});

const event = (type: string, data: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
const START = event('message_start', { message: { usage: { ...USAGE, output_tokens: 1 } } });
const TEXT = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a' } });
const STOP = [
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event('message_stop', {}),
];
const STREAMED = Math.ceil((START.length + TEXT.length) / 40);

function buffered(status: number, body: object): ScriptedResponse {
  const headers = ['content-type', 'application/json'];
  return { status, headers, chunks: [Buffer.from(JSON.stringify(body))] };
}

function stream(chunks: ScriptedResponse['chunks']): ScriptedResponse {
  return { status: 200, headers: ['content-type', 'text/event-stream'], chunks };
}

const never = new Promise<never>(() => {});
/** Resolved by the test that waits for it. */
let gate = Promise.withResolvers<ScriptedResponse>();
const REPLIES: Record<string, () => ScriptedResponse | Promise<ScriptedResponse>> = {
  buffered: () => buffered(200, { type: 'message', usage: USAGE }),
  dear: () => buffered(200, { type: 'message', usage: USAGE }),
  responded: () => buffered(200, { type: 'message', model: 'dear', usage: USAGE }),
  unpriced: () => buffered(200, { type: 'message', usage: USAGE }),
  error: () => buffered(529, { type: 'error', error: { type: 'overloaded_error', message: 'm' } }),
  stream: () => stream([START, TEXT, ...STOP]),
  cut: () => stream([START, TEXT, 'cut']),
  stalled: () => stream([START, TEXT, { gate: never }]),
  gated: () => gate.promise,
};

/** Rejects one model, as a policy would. */
const policy: Stage = ({ meta }) =>
  meta.model === 'refused'
    ? { kind: 'refuse', error: new LlmpError('policy_blocked') }
    : { kind: 'pass' };

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(({ body, url }) => {
    if (url.includes('count_tokens')) return buffered(200, { input_tokens: 3 });
    return REPLIES[(JSON.parse(body.toString()) as { model: string }).model]?.() ?? never;
  });
});
afterAll(() => upstream[Symbol.asyncDispose]());

function start(env: Record<string, string> = {}, replaced: GatewayOptions['replaced'] = {}) {
  return startGateway({
    bus: 'embedded',
    upstreamUrl: upstream.url,
    env: { LLMP_ADMIN_TOKEN: TOKEN, LLMP_PRICES: PRICES, ...env },
    replaced: { clock: { ...systemClock, now: () => NOW }, stages: { policy }, ...replaced },
  });
}

async function ask(
  { url }: Gateway,
  key: string,
  model = 'buffered',
  { path = '/v1/messages', signal }: { path?: string; signal?: AbortSignal } = {},
) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: messageBody(model),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const header = (name: string) => response.headers.get(name);
  return { status: response.status, header, text };
}

/** Disconnects as soon as the response has begun. */
async function disconnectEarly({ url }: Gateway, key: string): Promise<void> {
  const leave = new AbortController();
  const { body } = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: messageBody('stalled'),
    signal: leave.signal,
  });
  const reader = body?.getReader();
  for (let seen = 0; seen < START.length + TEXT.length;) {
    seen += (await reader?.read())?.value?.length ?? 0;
  }
  leave.abort();
}

const ESTIMATE = (model: string) => inputEstimate(Buffer.from(messageBody(model)));

describe('budgets on one gateway', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());
  const admin = () => adminOf(gateway, TOKEN);
  const totalOf = async (id: string) =>
    (await admin().get(`usage?key=${id}`)).json.total as Record<string, number>;

  it('reject requests once spent, in the format that clients show and do not retry', async () => {
    const { key, id } = await admin().key({ usd_per_day: 0.02 });
    expect((await ask(gateway, key)).status).toBe(200);
    await expect.poll(async () => (await totalOf(id))['requests']).toBe(1);
    expect((await ask(gateway, key)).status).toBe(200);
    await expect.poll(async () => (await totalOf(id))['requests']).toBe(2);
    const { status, header, text } = await ask(gateway, key);
    expect(status).toBe(429);
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: {
        type: 'billing_error',
        message:
          'This API key has spent its budget of $0.02 for this day. ' +
          'It is renewed at 2026-11-28 00:00 UTC.',
        details: { error_code: 'budget_exceeded' },
      },
    });
    expect(header('x-should-retry')).toBe('false');
    expect(header('retry-after')).toBe('7200');
    expect(header('anthropic-ratelimit-unified-status')).toBe('rejected');
    expect(header('anthropic-ratelimit-unified-reset')).toBe(
      String(Date.UTC(2026, 10, 28) / 1_000),
    );
    expect(header('anthropic-ratelimit-unified-representative-claim')).toBeNull();
  });

  it('of a month and of a team count too, and the error names the one that ends last', async () => {
    await admin().post('teams/growth', { limits: { usd_per_day: 0.01, usd_per_month: 0.01 } });
    const one = await admin().key(undefined, { team: 'growth' });
    const other = await admin().key({ usd_per_day: 50 }, { team: 'growth' });
    expect((await ask(gateway, one.key)).status).toBe(200);
    await expect.poll(async () => (await totalOf(one.id))['requests']).toBe(1);
    const { status, text, header } = await ask(gateway, other.key);
    expect(status).toBe(429);
    expect(text).toContain("This API key's team has spent its budget of $0.01 for this month.");
    expect(header('retry-after')).toBe(String((Date.UTC(2026, 11, 1) - NOW) / 1_000));
  });

  it('include what was spent before they were set', async () => {
    const { key, id } = await admin().key();
    expect((await ask(gateway, key)).status).toBe(200);
    await expect.poll(async () => (await totalOf(id))['requests']).toBe(1);
    await admin().post(`keys/${id}`, { limits: { usd_per_month: 0.01 } });
    await expect.poll(async () => (await ask(gateway, key)).status).toBe(429);
  });

  it('delay a request that does not fit beside running ones', async () => {
    gate = Promise.withResolvers();
    const { key, id } = await admin().key({ usd_per_day: 0.06 });
    // Its maximum output costs nearly the whole budget.
    const running = ask(gateway, key, 'gated');
    await upstream.nextRequest();
    const { status, header, text } = await ask(gateway, key);
    expect(status).toBe(429);
    expect(text).toContain('rate_limit_error');
    expect(text).toContain('too little left of its budget of the day beside its running requests');
    expect(header('retry-after')).toBe('1');
    expect(header('x-should-retry')).toBeNull();
    gate.resolve(buffered(200, { type: 'message', usage: { input_tokens: 1, output_tokens: 1 } }));
    expect((await running).status).toBe(200);
    await expect.poll(async () => (await totalOf(id))['cost_usd']).toBe(6 / 1e6);
    expect((await ask(gateway, key)).status).toBe(200);
  });

  it.each([
    ['a buffered response costs its usage', 'buffered', COST_USD],
    ['a stream costs its final usage', 'stream', COST_USD],
    ['the price is that of the model that responded', 'responded', COST_USD * 10],
    ['an error costs nothing', 'error', 0],
    ['a rejection costs nothing', 'refused', 0],
    ['a stream that is cut costs what it has reported', 'cut', COST_USD - (5 * 1_999) / 1e6],
    [
      'a stream whose client disconnects costs the estimate',
      'stalled',
      (ESTIMATE('stalled') + 5 * STREAMED) / 1e6,
    ],
  ])('know that %s', async (_, model, cost) => {
    const { key, id } = await admin().key(model === 'responded' ? undefined : { usd_per_day: 5 });
    if (model === 'stalled') await disconnectEarly(gateway, key);
    else await ask(gateway, key, model).catch(() => {});
    await expect.poll(async () => (await totalOf(id))['requests']).toBe(1);
    expect((await totalOf(id))['cost_usd']).toBeCloseTo(cost, 9);
  });

  it('reject a model without a price', async () => {
    const { key } = await admin().key({ usd_per_day: 5 });
    const { status, text, header } = await ask(gateway, key, 'unpriced');
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({
      type: 'invalid_request_error',
      message: expect.stringContaining('no price is known for this model'),
      details: { error_code: 'model_without_price' },
    });
    expect(header('x-should-retry')).toBe('false');
  });

  it('allow counting tokens for free, even when spent', async () => {
    const { key, id } = await admin().key({ usd_per_day: 0.01 });
    await ask(gateway, key);
    await expect.poll(async () => (await totalOf(id))['requests']).toBe(1);
    expect((await ask(gateway, key)).status).toBe(429);
    const counted = await ask(gateway, key, 'buffered', { path: '/v1/messages/count_tokens' });
    expect(counted.status).toBe(200);
  });

  it.each([
    [{ usd_per_day: 0 }, 'limits.usd_per_day: must be a dollar amount'],
    [{ usd_per_month: '5' }, 'limits.usd_per_month: must be a dollar amount'],
    [{ usd_per_month: 0.001 }, 'limits.usd_per_month: must be a dollar amount'],
  ])('are rejected when invalid: %j', async (limits, message) => {
    const { status, json } = await admin().post('keys', { name: 'a', limits });
    expect(status).toBe(400);
    expect(json.error?.message).toContain(message);
  });
});

describeWith('redis-server')('budgets of gateways that share Redis', () => {
  it('are shared, and never exceeded by more than one request', async () => {
    await using redis = await startRedisServer();
    // A slow machine must not look like a store that is down, which admits requests without limits.
    const limits = { store: { commandMs: 20_000 } };
    await using one = await start({ REDIS_URL: redis.url }, { limits });
    await using other = await start({ REDIS_URL: redis.url }, { limits });
    const { key, id } = await adminOf(one, TOKEN).key({ usd_per_day: 0.1 });
    const statuses: number[] = [];
    // Eight clients in parallel, each until its first rejection.
    const askUntilSpent = async (gateway: Gateway) => {
      for (;;) {
        const { status, text } = await ask(gateway, key);
        statuses.push(status);
        if (text.includes('billing_error')) return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, at) => askUntilSpent(at % 2 ? one : other)));
    const served = statuses.filter((status) => status === 200).length;
    expect(served).toBe(Math.ceil(0.1 / COST_USD));
    const { json } = await adminOf(other, TOKEN).get(`usage?key=${id}&by=key`);
    expect(json.total?.['cost_usd']).toBeCloseTo(served * COST_USD, 9);
  }, 60_000);

  it('are charged for requests served while Redis was down', async () => {
    const redis = await startRedisServer();
    const limits = { store: { commandMs: 200 }, admission: { storeCooldownMs: 50 } };
    await using gateway = await start({ REDIS_URL: redis.url }, { limits });
    const { key } = await adminOf(gateway, TOKEN).key();
    expect((await ask(gateway, key)).status).toBe(200);
    redis.process.kill('SIGSTOP');
    expect((await ask(gateway, key)).status).toBe(200);
    await expect.poll(() => gateway.logs().some(({ msg }) => msg === 'internal error')).toBe(true);
    redis.process.kill('SIGCONT');
    const requests = async () =>
      (await adminOf(gateway, TOKEN).get('usage')).json.total?.['requests'];
    await expect.poll(requests).toBe(2);
    await redis[Symbol.asyncDispose]();
  });
});
