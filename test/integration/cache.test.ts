// The response cache over HTTP: hits are the same streamed or buffered, have the personal data of the
// current request, and are never shared between keys.

import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';
import { startScriptedUpstream } from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-haiku-4-5';

describe.each(BOTH_BUSES)('a cached response through the %s bus', (bus) => {
  let folder: PolicyFolder;
  let gateway: Gateway;
  beforeAll(async () => {
    folder = policyFolder({ strict: policyOf([]) });
    const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path };
    gateway = await startGateway({ bus, users: bus === 'nats', env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const newKey = (more: object = {}, limits?: object) =>
    adminOf(gateway, TOKEN).key(limits, { cache_for: '10m', policy: 'strict', ...more });

  async function ask(key: string, content: string, more: object = {}, headers: object = {}) {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        model: MODEL,
        max_tokens: 1_000,
        messages: [{ role: 'user', content }],
        ...more,
      }),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      headers: response.headers,
      cache: response.headers.get('x-llmp-cache'),
    };
  }

  it('equals the first response byte for byte, and is marked as a hit', async () => {
    const { key } = await newKey();
    const first = await ask(key, 'Hello');
    const second = await ask(key, 'Hello');
    expect([first.cache, second.cache]).toEqual(['miss', 'hit']);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('age')).toMatch(/^\d+$/);
    expect((await ask(key, 'Hello!')).cache).toBe('miss');
  });

  it('is the same to the SDK, streamed or buffered', async () => {
    const { key } = await newKey();
    const client = new Anthropic({ baseURL: gateway.url, apiKey: key });
    const tools = [{ name: 'Bash', input_schema: { type: 'object' as const } }];
    const params = (content: string) => ({
      model: MODEL,
      max_tokens: 100,
      tools,
      messages: [{ role: 'user' as const, content }],
    });
    const call = '[[simulate: tool=Bash input={"command":"ls","n":1.50}]]';
    for (const content of ['Tell me more, please', call]) {
      const streamed = await client.messages.stream(params(content)).finalMessage();
      const buffered = await client.messages.create(params(content));
      const again = await client.messages.stream(params(content)).finalMessage();
      // The SDK adds this field to the messages it assembles from a stream.
      const withField = (message: object) => ({ ...message, parsed_output: null });
      expect(withField(buffered)).toEqual(withField(streamed));
      expect(withField(again)).toEqual(withField(streamed));
    }
  });

  it('has the personal data of the current request', async () => {
    const { key } = await newKey();
    const ann = await ask(key, 'Write to ann.lee@corp-mail.org');
    const bob = await ask(key, 'Write to bob.ray@corp-mail.org');
    const annAgain = await ask(key, 'Write to ann.lee@corp-mail.org', { stream: true });
    expect([ann.cache, bob.cache, annAgain.cache]).toEqual(['miss', 'miss', 'hit']);
    expect(bob.text).toContain('bob.ray@corp-mail.org');
    expect(annAgain.text).toContain('ann.lee@corp-mail.org');
    expect(annAgain.headers.get('x-llmp-scrubbed')).toBe('EMAIL_ADDRESS=1');
  });

  it('is not shared between keys', async () => {
    const [one, other] = [await newKey(), await newKey()];
    await ask(one.key, 'A question');
    expect((await ask(other.key, 'A question')).cache).toBe('miss');
    const without = await adminOf(gateway, TOKEN).key();
    expect((await ask(without.key, 'A question')).cache).toBeNull();
  });

  it('depends on tools and temperature', async () => {
    const { key } = await newKey();
    await ask(key, 'Q');
    const tools = [{ name: 'a', input_schema: { type: 'object' } }];
    expect((await ask(key, 'Q', { tools })).cache).toBe('miss');
    expect((await ask(key, 'Q', { temperature: 0 })).cache).toBe('miss');
    expect((await ask(key, 'Q', { metadata: { user_id: 'u' } })).cache).toBe('hit');
    const search = [{ type: 'web_search_20250305', name: 'web_search' }];
    expect((await ask(key, 'Q', { tools: search })).cache).toBe('bypass');
  });

  it('can be bypassed and refreshed', async () => {
    const { key } = await newKey();
    await ask(key, 'Q');
    expect((await ask(key, 'Q', {}, { 'x-llmp-cache': 'bypass' })).cache).toBe('bypass');
    expect((await ask(key, 'Q', {}, { 'x-llmp-cache': 'refresh' })).cache).toBe('miss');
    expect((await ask(key, 'Q', {}, { 'x-llmp-cache': 'please' })).status).toBe(400);
  });

  it('costs a request and no tokens, also in the ledger', async () => {
    const { key, id } = await newKey(
      {},
      { requests_per_minute: 3, output_tokens_per_minute: 1_000 },
    );
    await ask(key, 'Q');
    const hit = await ask(key, 'Q');
    expect(hit.cache).toBe('hit');
    expect(hit.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1');
    const records = async () =>
      ((await adminOf(gateway, TOKEN).get('ledger')).json.data ?? []).filter(
        (one) => one['key'] === id,
      );
    await expect.poll(async () => (await records()).length).toBe(2);
    const [first, second] = await records();
    expect(first).toMatchObject({ cache: 'miss' });
    expect(first?.['output_tokens']).toBeGreaterThan(0);
    expect(second).toMatchObject({ cache: 'hit', input_tokens: 0, output_tokens: 0, cost_usd: 0 });
  });

  it('is checked against the current response rules', async () => {
    const { key } = await newKey();
    await ask(key, 'Say red herring');
    expect((await ask(key, 'Say red herring')).cache).toBe('hit');
    folder.write(
      'strict',
      policyOf([{ id: 'out', on: 'response', match: words('red herring'), action: 'block' }]),
    );
    await expect.poll(async () => (await ask(key, 'Say red herring')).status).toBe(400);
    folder.write('strict', policyOf([]));
    await expect.poll(async () => (await ask(key, 'Say red herring')).status).toBe(200);
  });
});

it('two hundred identical concurrent requests make one upstream request', async () => {
  const message = {
    type: 'message',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const { promise: gate, resolve } = Promise.withResolvers<void>();
  const reply = {
    status: 200,
    headers: ['content-type', 'application/json'],
    chunks: [{ gate }, Buffer.from(JSON.stringify(message))],
  };
  await using upstream = await startScriptedUpstream(() => reply);
  const env = { LLMP_ADMIN_TOKEN: TOKEN };
  await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
  const { key } = await adminOf(gateway, TOKEN).key(undefined, { cache_for: '1m' });
  const body = JSON.stringify({ model: MODEL, max_tokens: 10, messages: [] });
  const ask = async () => {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body,
    });
    return `${response.status} ${await response.text()}`;
  };
  const responses = Array.from({ length: 200 }, ask);
  await upstream.nextRequest();
  resolve();
  expect(new Set(await Promise.all(responses))).toEqual(
    new Set([`200 ${JSON.stringify(message)}`]),
  );
  expect(upstream.requests).toHaveLength(1);
});

describeWith('redis-server')('responses cached in Redis', () => {
  it('are shared by all processes, and only missed while Redis is down', async () => {
    let redis = await startRedisServer();
    const { port } = redis;
    const env = { LLMP_ADMIN_TOKEN: TOKEN, REDIS_URL: redis.url };
    await using one = await startGateway({ bus: 'embedded', env });
    await using two = await startGateway({ bus: 'embedded', env });
    const newKey = () => adminOf(one, TOKEN).key(undefined, { cache_for: '10m' });
    const { key } = await newKey();
    const ask = async (gateway: Gateway, secret = key) => {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': secret, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: MODEL,
          max_tokens: 10,
          messages: [{ role: 'user', content: 'Q' }],
        }),
      });
      await response.text();
      return `${response.status} ${response.headers.get('x-llmp-cache')}`;
    };
    expect(await ask(one)).toBe('200 miss');
    await expect.poll(() => ask(two)).toBe('200 hit');
    await redis[Symbol.asyncDispose]();
    expect(await ask(one)).toBe('200 miss');
    redis = await startRedisServer({ port });
    await using _ = redis;
    const newSecret = async () => (await newKey()).key;
    await expect.poll(newSecret).toMatch(/^llmp_/);
    const other = await newSecret();
    expect(await ask(one, other)).toBe('200 miss');
    await expect.poll(() => ask(two, other)).toBe('200 hit');
  });
});
