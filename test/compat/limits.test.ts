// What clients make of limits: the SDKs and Claude Code wait as long as they are told and then get
// their answer, and give up at once where the wait is longer than they should bear.

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

/** A key of which a rate is used up already, so that the next request has to wait. */
async function spentKey(perMinute: number) {
  const made = await post('/admin/keys', TOKEN, {
    name: 'test',
    limits: { requests_per_minute: perMinute },
  });
  const { id, key } = (await made.json()) as { id: string; key: string };
  const asked = Array.from({ length: perMinute }, () => post('/v1/messages', key, HELLO));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
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

/** A key whose budget is spent, and the requests it took. */
async function brokeKey() {
  const limits = { usd_per_day: 0.01 };
  const made = await post('/admin/keys', TOKEN, { name: 'test', limits });
  const { id, key } = (await made.json()) as { id: string; key: string };
  // The simulator writes little, so that what is asked of it has to be long.
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

/** Statuses of the requests with a key, without those that used it up. */
function statusesAfter(id: string, perMinute: number): number[] {
  const lines = requestLines(gateway).filter((line) => line.keyId === id);
  return lines.slice(perMinute).map(({ status }) => status);
}

describe.each(TYPESCRIPT_SDKS)('the SDK $name', ({ Sdk }) => {
  it('waits and is served', async () => {
    const { id, key } = await spentKey(20);
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    const message = await client.messages.create(HELLO);
    expect(message.type).toBe('message');
    await expect.poll(() => statusesAfter(id, 20)).toEqual([429, 200]);
  });

  it('is told at once when the wait is too long', async () => {
    const { id, key } = await spentKey(1);
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    await expect(client.messages.create(HELLO)).rejects.toMatchObject({
      status: 429,
      type: 'rate_limit_error',
    });
    await expect.poll(() => statusesAfter(id, 1)).toEqual([429]);
  });
});

describe.each(TYPESCRIPT_SDKS)('the SDK $name without a budget', ({ Sdk }) => {
  it('is told at once, with the type of error it knows', async () => {
    const { id, key, requests } = await brokeKey();
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    await expect(client.messages.create(HELLO)).rejects.toMatchObject({
      status: 429,
      type: 'billing_error',
    });
    await expect.poll(() => statusesAfter(id, requests)).toEqual([429]);
  });
});

describeWithClaudeCode('Claude Code', () => {
  it('waits and is served', async () => {
    const { id, key } = await spentKey(20);
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('Hello');
    expect(run.exitCode).toBe(0);
    await expect.poll(() => statusesAfter(id, 20).at(0)).toBe(429);
    expect(statusesAfter(id, 20).at(-1)).toBe(200);
  });

  it('shows after one request that the budget is spent, and of which day', async () => {
    const { id, key, requests } = await brokeKey();
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('has spent its budget of $0.01 for this day. It is renewed at');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, requests)).toEqual([429]);
  });

  it('shows at once that the wait is too long', async () => {
    const { id, key } = await spentKey(1);
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('limit of 1 requests per minute');
    expect(run.exitCode).toBe(1);
    expect(statusesAfter(id, 1)).toEqual([429]);
  });
});
