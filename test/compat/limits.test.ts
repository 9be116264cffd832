// How clients handle limits: the SDKs and Claude Code wait and retry, and give up at once if the wait is
// too long.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askClaude, describeWithClaudeCode } from '../kit/claude-code.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { requestLines } from '../kit/request-log.ts';
import { TYPESCRIPT_SDKS } from '../kit/sdk-clients.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const HELLO = {
  model: 'claude-opus-5-5',
  max_tokens: 256,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ bus: 'embedded', env: { LLMP_ADMIN_TOKEN: TOKEN } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

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

function post(path: string, key: string, body: object): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A key with an exhausted budget, and the number of requests that took. */
async function overBudgetKey() {
  const limits = { usd_per_day: 0.01 };
  const created = await post('/admin/keys', TOKEN, { name: 'test', limits });
  const { id, key } = (await created.json()) as { id: string; key: string };
  // The simulator's output is short, so the input has to be long.
  const content = 'word '.repeat(2_000);
  const body = { ...HELLO, messages: [{ role: 'user', content }] };
  let requests = 0;
  await expect
    .poll(async () => (requests += 1) && (await post('/v1/messages', key, body)).text(), {
      timeout: 10_000,
    })
    .toContain('billing_error');
  return { id, key, requests };
}

/** Statuses of a key's requests after those that exhausted its limit. */
function statusesAfter(id: string, perMinute: number): number[] {
  const lines = requestLines(gateway).filter((line) => line.keyId === id);
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
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    await expect(client.messages.create(HELLO)).rejects.toMatchObject({
      status: 429,
      type: 'billing_error',
    });
    await expect.poll(() => statusesAfter(id, requests)).toEqual([429]);
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
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('has spent its budget of $0.01 for this day. It is renewed at');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, requests)).toEqual([429]);
  });

  it('shows at once that the wait is too long', async () => {
    const { id, key } = await rateLimitedKey(1);
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('limit of 1 requests per minute');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, 1)).toEqual([429]);
  });
});
