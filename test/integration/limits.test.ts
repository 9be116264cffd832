// Limits over HTTP: which requests are admitted, the headers and errors, and what each outcome costs. The
// clock of the buckets stands still, so every number is exact.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputEstimate } from '../../shared/metering/token-estimate.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';
import { limits as bounds } from '../../shared/limits.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const NOW = Date.UTC(2026, 0, 1);
/** Time by which a change of a key or a team applies everywhere. */
const SEEN_MS = 1_000;

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 1_000,
  output_tokens: 7,
};
const JSON_HEAD = ['content-type', 'application/json', 'anthropic-ratelimit-requests-limit', '9'];
const event = (type: string, data: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
const START = event('message_start', { message: { usage: { ...USAGE, output_tokens: 1 } } });
const TEXT = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a' } });
const STOP = [
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event('message_stop', {}),
];

function buffered(status: number, body: object): ScriptedResponse {
  return { status, headers: JSON_HEAD, chunks: [Buffer.from(JSON.stringify(body))] };
}

function stream(chunks: ScriptedResponse['chunks']): ScriptedResponse {
  return { status: 200, headers: ['content-type', 'text/event-stream'], chunks };
}

const never = new Promise<never>(() => {});
const REPLIES: Record<string, () => ScriptedResponse | Promise<ScriptedResponse>> = {
  buffered: () => buffered(200, { type: 'message', usage: USAGE }),
  unpriced: () => buffered(200, { type: 'message' }),
  error: () => buffered(529, { type: 'error', error: { type: 'overloaded_error', message: 'm' } }),
  stream: () => stream([START, TEXT, ...STOP]),
  cut: () => stream([START, TEXT, 'cut']),
  stalled: () => stream([START, TEXT, { gate: never }]),
  silent: () => never,
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

function start(env: Record<string, string> = {}) {
  return startGateway({
    bus: 'embedded',
    upstreamUrl: upstream.url,
    env: { LLMP_ADMIN_TOKEN: TOKEN, ...env },
    replaced: { clock: { ...systemClock, now: () => NOW }, stages: { policy } },
  });
}

async function admin(gateway: Gateway, path: string, body: object) {
  const response = await fetch(`${gateway.url}/admin/${path}`, {
    method: 'POST',
    headers: { 'x-api-key': TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as { id: string; key: string; error?: { message: string } };
  return { status: response.status, ...json };
}

const keyWith = (gateway: Gateway, limits: object, more: object = {}) =>
  admin(gateway, 'keys', { name: 'test', limits, ...more });

const bodyOf = (model: string) =>
  JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] });

async function ask(
  { url }: Gateway,
  key: string,
  model = 'buffered',
  { path = '/v1/messages', signal }: { path?: string; signal?: AbortSignal } = {},
) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: bodyOf(model),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  const header = (name: string) => response.headers.get(name);
  return { status: response.status, header, text };
}

describe('limits on one gateway', () => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-limits-'));
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start({ LLMP_DATA_DIR: directory });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  it('admit exactly what is allowed, and report what is left and when to retry', async () => {
    const { key } = await keyWith(gateway, { requests_per_minute: 3 });
    for (const left of ['2', '1', '0']) {
      const { status, header } = await ask(gateway, key);
      expect(status).toBe(200);
      expect(header('anthropic-ratelimit-requests-limit')).toBe('3');
      expect(header('anthropic-ratelimit-requests-remaining')).toBe(left);
      expect(header('anthropic-ratelimit-tokens-limit')).toBeNull();
    }
    const { status, header, text } = await ask(gateway, key);
    expect(status).toBe(429);
    expect(header('retry-after')).toBe('20');
    expect(header('x-should-retry')).toBeNull();
    expect(header('anthropic-ratelimit-requests-reset')).toBe('2026-01-01T00:01:00Z');
    expect(JSON.parse(text)).toMatchObject({
      error: {
        type: 'rate_limit_error',
        message: 'This API key has reached its limit of 3 requests per minute.',
        details: { error_code: 'rate_limited' },
      },
    });
  });

  it('do not ask a client to wait longer than clients do', async () => {
    const { key } = await keyWith(gateway, { requests_per_minute: 1 });
    await ask(gateway, key);
    const { status, header } = await ask(gateway, key);
    expect(status).toBe(429);
    expect(header('retry-after')).toBe('60');
    expect(header('x-should-retry')).toBe('false');
  });

  it('add no headers for a key without limits', async () => {
    const { key } = await admin(gateway, 'keys', { name: 'free' });
    const { header } = await ask(gateway, key);
    expect(header('anthropic-ratelimit-requests-limit')).toBeNull();
  });

  it('count token counting in a separate bucket', async () => {
    const { key } = await keyWith(gateway, { requests_per_minute: 1, concurrent_requests: 1 });
    expect((await ask(gateway, key)).status).toBe(200);
    const path = '/v1/messages/count_tokens';
    expect((await ask(gateway, key, 'buffered', { path })).status).toBe(200);
    expect((await ask(gateway, key, 'buffered', { path })).status).toBe(429);
  });

  const estimateOf = (model: string) => inputEstimate(Buffer.from(bodyOf(model)));
  // 40 bytes of a response without usage count as one token.
  const streamed = Math.ceil((START.length + TEXT.length) / 40);
  it.each([
    ['a response costs its usage, except cache reads', 'buffered', 15, 7],
    ['a stream costs its usage', 'stream', 15, 7],
    ['a response without usage costs the estimate', 'unpriced', estimateOf('unpriced'), 1],
    ['an error of the upstream costs nothing', 'error', 0, 0],
    ['a rejection by a stage costs nothing', 'refused', 0, 0],
    ['a stream that is cut costs what it has reported', 'cut', 15, 1],
    [
      'a stream whose client disconnects costs the estimate',
      'stalled',
      estimateOf('stalled'),
      streamed,
    ],
    [
      'a client that disconnects before the response costs its input',
      'silent',
      estimateOf('silent'),
      0,
    ],
  ])('know that %s', async (_, model, input, output) => {
    const limits = { input_tokens_per_minute: 5_000, output_tokens_per_minute: 5_000 };
    const { id, key } = await keyWith(gateway, { ...limits, concurrent_requests: 1 });
    if (model === 'stalled' || model === 'silent') await disconnectEarly(gateway, key, model);
    else await ask(gateway, key, model).catch(() => {});
    await using store = openEmbeddedStore(directory, bounds.store);
    // An empty charge reads the level; the lease is free once the request is settled.
    const spent = async () => {
      const charges = ['input-tokens', 'output-tokens'].map((rate) => {
        return { bucket: `key:${id}:${rate}`, perMinute: 5_000, tokens: 0 };
      });
      const leases = [{ scope: `key:${id}`, max: 1 }];
      const request = { owner: `key:${id}`, nowMs: NOW, charges, leases, budgets: [] };
      const probe = { ...request, holder: 'probe', untilMs: NOW };
      const { granted, left } = await store.reserve(probe);
      return granted ? left.map((tokens) => 5_000 - tokens) : 'not settled';
    };
    await expect.poll(spent).toEqual([input, output]);
  });

  it('charge the estimate before the response is known', async () => {
    const { key } = await keyWith(gateway, { input_tokens_per_minute: 1_000 });
    const { header } = await ask(gateway, key);
    expect(header('anthropic-ratelimit-input-tokens-remaining')).toBe(
      String(1_000 - estimateOf('buffered')),
    );
    expect(header('anthropic-ratelimit-tokens-remaining')).toBe(
      String(1_000 - estimateOf('buffered')),
    );
  });

  it('block a key that exceeded its output limit until the bucket has refilled', async () => {
    const { key } = await keyWith(gateway, { output_tokens_per_minute: 5 });
    expect((await ask(gateway, key)).status).toBe(200);
    await expect.poll(async () => (await ask(gateway, key)).status).toBe(429);
    // Three tokens are missing at five per minute: two overdrawn and one to start with.
    expect((await ask(gateway, key)).header('retry-after')).toBe('36');
  });

  it('limit concurrent requests, and admit the next one as soon as one has ended', async () => {
    const { key } = await keyWith(gateway, { concurrent_requests: 1 });
    const leave = new AbortController();
    const running = ask(gateway, key, 'silent', { signal: leave.signal }).catch(() => {});
    await expect.poll(async () => (await ask(gateway, key)).status).toBe(429);
    const { header, text } = await ask(gateway, key);
    expect(header('retry-after')).toBe('1');
    expect(text).toContain('its limit of 1 concurrent requests');
    leave.abort();
    await running;
    await expect.poll(async () => (await ask(gateway, key)).status).toBe(200);
  });

  it('are released by a request that is rejected after admission', async () => {
    const limits = { concurrent_requests: 1, requests_per_minute: 9 };
    const { key } = await keyWith(gateway, limits, { cache_for: '1m' });
    const refused = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        'x-llmp-cache': 'please',
      },
      body: bodyOf('buffered'),
    });
    expect(refused.status).toBe(400);
    await expect.poll(async () => (await ask(gateway, key)).status).toBe(200);
  });

  it('are shared by the keys of a team, in addition to their own', async () => {
    await admin(gateway, 'teams/search', { limits: { requests_per_minute: 3 } });
    const one = await keyWith(gateway, { requests_per_minute: 2 }, { team: 'search' });
    const other = await admin(gateway, 'keys', { name: 'other', team: 'search' });
    const first = await ask(gateway, one.key);
    expect(first.header('anthropic-ratelimit-requests-remaining')).toBe('1');
    expect(first.header('anthropic-ratelimit-requests-limit')).toBe('2');
    await ask(gateway, one.key);
    // A request rejected by its key's limit charges nothing to the team.
    expect((await ask(gateway, one.key)).text).toContain('This API key has reached');
    expect((await ask(gateway, other.key)).status).toBe(200);
    const { status, text } = await ask(gateway, other.key);
    expect(status).toBe(429);
    expect(text).toContain("This API key's team has reached its limit of 3 requests per minute.");
  });

  it('are shared by a rotated key and its successor', async () => {
    const old = await keyWith(gateway, { requests_per_minute: 2 });
    const made = await admin(gateway, `keys/${old.id}/rotate`, {});
    expect((await ask(gateway, old.key)).status).toBe(200);
    expect((await ask(gateway, made.key)).status).toBe(200);
    expect((await ask(gateway, old.key)).status).toBe(429);
    expect((await ask(gateway, made.key)).status).toBe(429);
  });

  it('can be changed while the key is in use', async () => {
    const { id, key } = await keyWith(gateway, { requests_per_minute: 1 });
    await ask(gateway, key);
    expect((await ask(gateway, key)).status).toBe(429);
    expect(await admin(gateway, `keys/${id}`, { limits: null })).toMatchObject({ limits: null });
    await expect.poll(async () => (await ask(gateway, key)).status, { timeout: SEEN_MS }).toBe(200);
  });

  it.each([
    ['keys', { name: 'a', limits: { requests_per_minute: 0 } }, 'limits.requests_per_minute: must'],
    ['keys', { name: 'a', limits: { rpm: 1 } }, 'limits.rpm: unknown field'],
    ['keys/nobody', {}, 'body: must name a field to change'],
    ['teams/search', { limits: { concurrent_requests: 1.5 } }, 'limits.concurrent_requests: must'],
    ['teams/search', {}, 'limits: '],
    ['teams/a%07', { limits: {} }, 'team: must not have control characters'],
  ])('are rejected at %s when invalid: %j', async (path, body, message) => {
    const { status, error } = await admin(gateway, path, body);
    expect(status).toBe(400);
    expect(error?.message).toContain(message);
  });
});

/** Disconnects within the stream, or before there is a response. */
async function disconnectEarly({ url }: Gateway, key: string, model: string): Promise<void> {
  const leave = new AbortController();
  const asked = fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: bodyOf(model),
    signal: leave.signal,
  });
  if (model === 'silent') {
    while (!(await upstream.nextRequest()).body.includes('"silent"'));
  } else {
    const reader = (await asked).body?.getReader();
    for (let seen = 0; seen < START.length + TEXT.length;) {
      seen += (await reader?.read())?.value?.length ?? 0;
    }
  }
  leave.abort();
  await asked.then((response) => response.text()).catch(() => {});
}

describeWith('redis-server')('limits of gateways that share Redis', () => {
  it('together admit exactly what one would', async () => {
    await using redis = await startRedisServer();
    await using one = await start({ REDIS_URL: redis.url });
    await using other = await start({ REDIS_URL: redis.url });
    const { key } = await keyWith(one, { requests_per_minute: 25 });
    const responses = Array.from({ length: 80 }, (_, at) => ask(at % 2 ? one : other, key));
    const statuses = (await Promise.all(responses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(25);
    expect(statuses.filter((status) => status === 429)).toHaveLength(55);
  });

  it.each([
    ['open', 200],
    ['closed', 503],
  ])('fail %s, as configured, when Redis is down', async (onError, expected) => {
    await using redis = await startRedisServer();
    const env = { REDIS_URL: redis.url, LLMP_LIMITS_ON_STORE_ERROR: onError };
    await using gateway = await start(env);
    const { key } = await keyWith(gateway, { requests_per_minute: 100 });
    expect((await ask(gateway, key)).status).toBe(200);
    await redis[Symbol.asyncDispose]();
    const { status } = await ask(gateway, key);
    expect(status).toBe(expected);
    const warnings = gateway
      .logs()
      .filter(({ msg }) => msg === 'request admitted without limit checks');
    expect(warnings).toHaveLength(onError === 'open' ? 1 : 0);
  });
});
