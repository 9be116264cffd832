// How clients handle limits: the SDKs and Claude Code wait and retry, and give up at once if the wait is
// too long.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askClaude, describeWithClaudeCode } from '../kit/claude-code.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { requestLines } from '../kit/request-log.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';
import { TYPESCRIPT_SDKS } from '../kit/sdk-clients.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const HELLO = {
  model: 'claude-opus-5-5',
  max_tokens: 256,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

let gateway: Gateway;
/** The simulator costs nothing, so budgets need another upstream. */
let upstream: ScriptedUpstream;
let paid: Gateway;
beforeAll(async () => {
  const env = { LLMP_ADMIN_TOKEN: TOKEN };
  gateway = await startGateway({ bus: 'embedded', env });
  const message = { type: 'message', usage: { input_tokens: 2_000, output_tokens: 100 } };
  upstream = await startScriptedUpstream(() => ({
    status: 200,
    headers: ['content-type', 'application/json'],
    chunks: [Buffer.from(JSON.stringify(message))],
  }));
  paid = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await paid[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** A key with an exhausted rate limit, so that the next request has to wait. */
async function rateLimitedKey(perMinute: number) {
  const created = await post('/admin/keys', TOKEN, {
    name: 'test',
    limits: { requests_per_minute: perMinute },
  });
  const { id, key } = (await created.json()) as { id: string; key: string };
  const responses = Array.from({ length: perMinute }, () => post('/v1/messages', key, HELLO));
  const statuses = (await Promise.all(responses)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));
  return { id, key };
}

function post(path: string, key: string, body: object, { url } = gateway): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A key with an exhausted budget, and the number of requests that took. */
async function overBudgetKey() {
  const limits = { usd_per_day: 0.01 };
  const created = await post('/admin/keys', TOKEN, { name: 'test', limits }, paid);
  const { id, key } = (await created.json()) as { id: string; key: string };
  let requests = 0;
  await expect
    .poll(async () => (requests += 1) && (await post('/v1/messages', key, HELLO, paid)).text(), {
      timeout: 10_000,
    })
    .toContain('billing_error');
  return { id, key, requests };
}

/** Statuses of a key's requests after those that exhausted its limit. */
function statusesAfter(id: string, perMinute: number, asked = gateway): number[] {
  const lines = requestLines(asked).filter((line) => line.keyId === id);
  return lines.slice(perMinute).map(({ status }) => status);
}

describe.each(TYPESCRIPT_SDKS)('the SDK $name', ({ Sdk }) => {
  it('waits and succeeds', async () => {
    const { id, key } = await rateLimitedKey(20);
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    const message = await client.messages.create(HELLO);
    expect(message.type).toBe('message');
    await expect.poll(() => statusesAfter(id, 20)).toEqual([429, 200]);
  });

  it('fails at once if the wait is too long', async () => {
    const { id, key } = await rateLimitedKey(1);
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    await expect(client.messages.create(HELLO)).rejects.toMatchObject({
      status: 429,
      type: 'rate_limit_error',
    });
    await expect.poll(() => statusesAfter(id, 1)).toEqual([429]);
  });
});

describe.each(TYPESCRIPT_SDKS)('the SDK $name without a budget', ({ Sdk }) => {
  it('fails at once, with the error type it knows', async () => {
    const { id, key, requests } = await overBudgetKey();
    const client = new Sdk({ baseURL: paid.url, apiKey: key });
    await expect(client.messages.create(HELLO)).rejects.toMatchObject({
      status: 429,
      type: 'billing_error',
    });
    await expect.poll(() => statusesAfter(id, requests, paid)).toEqual([429]);
  });
});

describeWithClaudeCode('Claude Code', () => {
  it('waits and succeeds', async () => {
    const { id, key } = await rateLimitedKey(20);
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('Hello');
    expect(run.exitCode).toBe(0);
    await expect.poll(() => statusesAfter(id, 20).at(0)).toBe(429);
    expect(statusesAfter(id, 20).at(-1)).toBe(200);
  });

  it('shows after one request that the daily budget is exhausted', async () => {
    const { id, key, requests } = await overBudgetKey();
    const run = await askClaude('Hello', { gateway: { url: paid.url, key } });
    expect(run.stdout).toContain('has spent its budget of $0.01 for this day. It is renewed at');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, requests, paid)).toEqual([429]);
  });

  it('shows at once that the wait is too long', async () => {
    const { id, key } = await rateLimitedKey(1);
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('limit of 1 requests per minute');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, 1)).toEqual([429]);
  });
});
