// What pass-through refuses because it could not be enforced, what it keeps together, and where the results of
// a batch are.

import { afterEach, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import type { Gateway } from '../kit/gateway.ts';
import {
  errorFrom,
  EVERY_FEATURE,
  headersOf,
  JSON_TYPE,
  PASSING_TOKEN,
  RESPOND_OK,
  startPassing,
  type Passing,
} from '../kit/passing-gateway.ts';
import { TYPESCRIPT_SDKS } from '../kit/sdk-clients.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

let stack = new AsyncDisposableStack();
let gateway: Gateway;
let upstream: ScriptedUpstream;
let ask: Passing['ask'];

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function start(options?: Parameters<typeof startPassing>[0]): Promise<void> {
  const passing = stack.use(await startPassing(options));
  ({ gateway, upstream, ask } = passing);
}

describe('a key of which something could not be enforced', () => {
  it.each<[string, object, object]>([
    ['a budget', { usd_per_day: 1 }, {}],
    ['a budget', { usd_per_month: 1 }, {}],
    ['a token limit', { input_tokens_per_minute: 1000 }, {}],
    ['a token limit', { output_tokens_per_minute: 1000 }, {}],
    ['a list of models', {}, { models: ['m'] }],
    ['a policy of its own', {}, { policy: 'default' }],
  ])('is refused for %s (%j %j)', async (what, limits, more) => {
    await start();
    const { key } = await adminOf(gateway, PASSING_TOKEN).key(limits, more);
    expect(
      await errorFrom(await ask('/v1/files', { method: 'POST', body: 'x' }, key)),
    ).toMatchObject({
      status: 403,
      type: 'permission_error',
      code: 'pass_through_refused',
      message: expect.stringContaining(what),
    });
    expect(upstream.requests).toEqual([]);
  });

  it('is refused for the budget of its team', async () => {
    await start();
    const admin = adminOf(gateway, PASSING_TOKEN);
    await admin.post('teams/search', { limits: { usd_per_day: 1 } });
    const { key } = await admin.key(undefined, { team: 'search' });
    expect(await errorFrom(await ask('/v1/files', {}, key))).toMatchObject({
      code: 'pass_through_refused',
      message: expect.stringContaining('team has a budget'),
    });
  });

  it('passes with limits that count requests, which are enforced', async () => {
    await start();
    const limits = { requests_per_minute: 1, concurrent_requests: 1 };
    const { key } = await adminOf(gateway, PASSING_TOKEN).key(limits);
    expect((await ask('/v1/files', {}, key)).status).toBe(200);
    expect(await errorFrom(await ask('/v1/files', {}, key))).toMatchObject({
      code: 'rate_limited',
    });
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('a batch', () => {
  const batch = (url: string | null) =>
    `{"id":"msgbatch_1", "n": 1.0, "results_url": ${JSON.stringify(url)}}`;
  const ELSEWHERE = 'https://api.anthropic.test/v1/messages/batches/msgbatch_1/results';

  it.each([
    ['alone', (url: string) => batch(url)],
    ['in a list', (url: string) => `{"data":[${batch(url)},${batch(null)}],"has_more":false}`],
  ])('%s names results at the gateway, where its key belongs', async (_, json) => {
    await start({
      script: () => ({ status: 200, headers: JSON_TYPE, chunks: [Buffer.from(json(ELSEWHERE))] }),
    });
    const response = await ask('/v1/messages/batches/msgbatch_1');
    expect(await response.text()).toBe(json('/v1/messages/batches/msgbatch_1/results'));
  });

  it('with results that are not those of a batch is refused', async () => {
    const json = batch('https://elsewhere.test/results');
    await start({
      script: () => ({ status: 200, headers: JSON_TYPE, chunks: [Buffer.from(json)] }),
    });
    const response = await ask('/v1/messages/batches/msgbatch_1');
    expect(await errorFrom(response)).toMatchObject({ code: 'upstream_invalid_response' });
  });

  it('gives its results line by line', async () => {
    const lines = `{"custom_id":"a"}\n{"custom_id":"b"}\n`;
    await start({
      script: () => ({
        status: 200,
        headers: ['content-type', 'application/x-jsonl'],
        chunks: [Buffer.from(lines)],
      }),
    });
    const response = await ask('/v1/messages/batches/msgbatch_1/results');
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'application/x-jsonl',
      lines,
    ]);
  });

  it.each(TYPESCRIPT_SDKS)('is read to its results by the SDK $name', async ({ Sdk }) => {
    const line = '{"custom_id":"a","result":{"type":"canceled"}}\n';
    await start({
      script: ({ url }) =>
        url.endsWith('/results')
          ? {
              status: 200,
              headers: ['content-type', 'application/x-jsonl'],
              chunks: [Buffer.from(line)],
            }
          : { status: 200, headers: JSON_TYPE, chunks: [Buffer.from(batch(ELSEWHERE))] },
    });
    const sdk = new Sdk({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
    const ids: string[] = [];
    for await (const { custom_id: id } of await sdk.messages.batches.results('msgbatch_1')) {
      ids.push(id);
    }
    expect(ids).toEqual(['a']);
    expect(upstream.requests.map(({ url }) => url)).toEqual([
      '/v1/messages/batches/msgbatch_1',
      '/v1/messages/batches/msgbatch_1/results',
    ]);
  });

  it('is created once, whatever happens to the connection', async () => {
    await start({
      script: () => ({ status: 200, headers: ['content-length', '9'], chunks: ['cut'] }),
    });
    const created = await ask('/v1/messages/batches', { method: 'POST', body: '{}' });
    expect(created.status).toBe(502);
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('with several upstreams', () => {
  it('everything goes to the first key of the first one, and failures are not tried elsewhere', async () => {
    const second = stack.use(await startScriptedUpstream(RESPOND_OK));
    const first = stack.use(
      await startScriptedUpstream(() => ({
        status: 529,
        headers: JSON_TYPE,
        chunks: [Buffer.from('{}')],
      })),
    );
    const upstreams = [
      { name: 'first', url: first.url, keys: ['key-a', 'key-b'], models: ['none'] },
      { name: 'second', url: second.url, keys: ['key-c'], weight: 1000 },
    ];
    const LLMP_UPSTREAMS = JSON.stringify({ version: 1, upstreams });
    await start({ env: { LLMP_PASS_THROUGH: EVERY_FEATURE, LLMP_UPSTREAMS } });
    for (let at = 0; at < 3; at += 1) {
      const response = await ask('/v1/files', { method: 'POST', body: 'not JSON' });
      expect([response.status, response.headers.get('x-llmp-upstream')]).toEqual([529, 'first']);
    }
    expect(first.requests.map((sent) => headersOf(sent)['x-api-key'])).toEqual([
      'key-a',
      'key-a',
      'key-a',
    ]);
    expect(second.requests).toEqual([]);
  });
});
