// What requests cost in the ledger, at Anthropic's published prices, by the usage that the upstream
// reports: whole, in parts, or not at all; streamed and buffered.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
/** $4, $20 and $0.20 per million input, output and cached tokens. */
const MODEL = 'claude-opus-5-5';
const TEXT = 'A response of the upstream, in several words. '.repeat(20);

interface Usage {
  /** The usage of `message_start`. */
  readonly start: object | undefined;
  /** That of `message_delta`; a buffered message has both. */
  readonly end: object | undefined;
}

const ZERO = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const START = { ...ZERO, input_tokens: 90_000, output_tokens: 1 };
const COMPACTION = { type: 'compaction', ...ZERO, input_tokens: 180_000, output_tokens: 3_500 };
const ADVISOR = {
  type: 'advisor_message',
  model: 'claude-fable-5-1',
  ...ZERO,
  input_tokens: 10_000,
  output_tokens: 2_000,
};
const OWN = { type: 'message', ...ZERO, input_tokens: 5_000, output_tokens: 500 };
const TOP = { ...ZERO, input_tokens: 5_000, output_tokens: 500 };

const USAGES: readonly (readonly [title: string, usage: Usage, usd: number])[] = [
  [
    'one that ends with zeros for its input',
    { start: START, end: { ...ZERO, output_tokens: 4_625 } },
    0.4525,
  ],
  ['one that ends with its output alone', { start: START, end: { output_tokens: 4_625 } }, 0.4525],
  ['one that ends with zeros', { start: { ...START, output_tokens: 4_625 }, end: ZERO }, 0.4525],
  [
    'one with a compaction',
    { start: TOP, end: { ...TOP, iterations: [COMPACTION, OWN] } },
    0.03 + 0.79,
  ],
  ['one with an advisor', { start: TOP, end: { ...TOP, iterations: [OWN, ADVISOR] } }, 0.03 + 0.2],
  [
    'one with both',
    { start: TOP, end: { ...TOP, iterations: [COMPACTION, OWN, ADVISOR] } },
    0.03 + 0.79 + 0.2,
  ],
  ['a compaction alone', { start: ZERO, end: { ...ZERO, iterations: [COMPACTION] } }, 0.79],
  ['one in fast mode', { start: { ...TOP, speed: 'fast' }, end: TOP }, 0.06],
  ['one in the US', { start: { ...TOP, inference_geo: 'us' }, end: TOP }, 0.033],
  ['one of a batch', { start: { ...TOP, service_tier: 'batch' }, end: TOP }, 0.015],
  ['one of the priority tier', { start: { ...TOP, service_tier: 'priority' }, end: TOP }, 0.03],
  [
    'one in fast mode with an advisor and searches',
    {
      start: { ...TOP, speed: 'fast' },
      end: {
        ...TOP,
        iterations: [OWN, ADVISOR],
        server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 },
      },
    },
    0.06 + 0.2 + 0.03,
  ],
  [
    'one with both kinds of cache writes',
    {
      start: {
        ...TOP,
        cache_creation_input_tokens: 3_000,
        cache_read_input_tokens: 10_000,
        cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 },
      },
      end: TOP,
    },
    0.03 + 0.005 + 0.016 + 0.002,
  ],
];

const UNCOUNTED: readonly (readonly [title: string, usage: Usage])[] = [
  ['zeros', { start: ZERO, end: ZERO }],
  ['nothing', { start: undefined, end: undefined }],
];

const FIRST_TOKEN: (typeof UNCOUNTED)[number] = [
  'zeros after a first token',
  { start: { ...ZERO, output_tokens: 1 }, end: ZERO },
];

function buffered({ start, end }: Usage) {
  const larger = Object.entries({ ...start, ...end }).map(([name, value]) => {
    const before: unknown = (start as Record<string, unknown> | undefined)?.[name];
    const isLarger = typeof before === 'number' && typeof value === 'number' && before > value;
    return [name, isLarger ? before : value];
  });
  const usage = start && { ...start, ...Object.fromEntries(larger) };
  const content = [{ type: 'text', text: TEXT }];
  return Buffer.from(
    JSON.stringify({ type: 'message', model: MODEL, content, stop_reason: 'end_turn', usage }),
  );
}

function streamed({ start, end }: Usage): Buffer {
  const event = (type: string, data: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const deltas = TEXT.match(/.{1,9}/g) ?? [];
  return Buffer.from(
    [
      event('message_start', {
        message: { type: 'message', model: MODEL, content: [], usage: start },
      }),
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...deltas.map((text) =>
        event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
      ),
      event('content_block_stop', { index: 0 }),
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: end }),
      event('message_stop', {}),
    ].join(''),
  );
}

let usage: Usage = { start: undefined, end: undefined };
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(({ body }) => {
    const isStream = (JSON.parse(body.toString()) as { stream: boolean }).stream;
    return {
      status: 200,
      headers: [
        'content-type',
        isStream ? 'text/event-stream' : 'application/json',
        // Claims to be free.
        'x-llmp-upstream',
        'simulator',
      ],
      chunks: [isStream ? streamed(usage) : buffered(usage)],
    };
  });
});
afterAll(() => upstream[Symbol.asyncDispose]());

/** Asks and returns the ledger entry and the annotations of the log line. */
async function ask(gateway: Gateway, stream: boolean, more: object = {}) {
  const { key, id } = await adminOf(gateway, TOKEN).key(undefined, more);
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: 10,
      stream,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  await response.text();
  const entries = async () =>
    ((await adminOf(gateway, TOKEN).get('ledger?limit=1000')).json.data ?? []).filter(
      (entry) => entry['key'] === id,
    );
  await expect.poll(async () => (await entries()).length).toBe(1);
  const [entry] = await entries();
  const line = gateway.logs().find((one) => one['requestId'] === entry?.['id'] && one['outcome']);
  return { response, entry, annotations: line?.['annotations'] as Record<string, unknown> };
}

describe('the cost of a stream that breaks off', () => {
  it.each([
    ['before its end', -1, 0.4525, 'reported'],

    ['in its text', 9, 0.36, 'estimated'],
  ] as const)('is what it has reported: %s', async (_, events, usd, source) => {
    usage = { start: START, end: { output_tokens: 4_625 } };
    const whole = streamed(usage)
      .toString()
      .split(/(?<=\n\n)/);
    await using cutting = await startScriptedUpstream(() => ({
      status: 200,
      headers: ['content-type', 'text/event-stream'],
      chunks: [Buffer.from(whole.slice(0, events).join('')), 'cut'],
    }));
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    await using gateway = await startGateway({ bus: 'serialised', upstreamUrl: cutting.url, env });
    const { entry, annotations } = await ask(gateway, true);
    expect(entry).toMatchObject({ usage_source: source, outcome: 'failed' });
    expect(annotations).toMatchObject({ usageSource: source });
    expect(entry?.['cost_usd']).toBeGreaterThanOrEqual(usd);
    expect(entry?.['cost_usd']).toBeLessThan(usd + 0.01);
  });
});

describe.each(['streamed', 'buffered'])('the cost of a response, %s,', (kind) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    gateway = await startGateway({ bus: 'serialised', upstreamUrl: upstream.url, env });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(USAGES)('is that of all its tokens: %s', async (_, reported, usd) => {
    usage = reported;
    const { entry, annotations } = await ask(gateway, kind === 'streamed');
    expect(entry?.['cost_usd']).toBeCloseTo(usd, 9);
    expect(entry).toMatchObject({ estimated: false, usage_source: 'reported' });
    expect(annotations).toMatchObject({ usageSource: 'reported' });
  });

  // Only a stream has a first token before its text.
  const unknown = kind === 'streamed' ? [...UNCOUNTED, FIRST_TOKEN] : UNCOUNTED;
  it.each(unknown)(
    'is estimated where the upstream reports %s for its text',
    async (_, reported) => {
      usage = reported;
      const { entry, annotations } = await ask(gateway, kind === 'streamed');
      expect(entry).toMatchObject({ estimated: true, usage_source: 'estimated' });
      expect(annotations).toMatchObject({ usageSource: 'estimated' });
      const output = Number(entry?.['output_tokens']);
      expect(output / (TEXT.length / 4)).toBeGreaterThan(0.9);
      expect(output / (TEXT.length / 4)).toBeLessThan(1.5);
      expect(entry?.['input_tokens']).toBeGreaterThan(0);
      expect(entry?.['cost_usd']).toBeGreaterThan(0);
    },
  );
});

describe('a response from the cache', () => {
  it('costs nothing and has no source, whatever the upstream says of its own cache', async () => {
    usage = { start: START, end: { output_tokens: 4_625 } };
    await using claiming = await startScriptedUpstream(() => ({
      status: 200,
      headers: ['content-type', 'application/json', 'x-llmp-cache', 'hit'],
      chunks: [buffered(usage)],
    }));
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    await using gateway = await startGateway({ bus: 'serialised', upstreamUrl: claiming.url, env });
    const uncached = await ask(gateway, false);
    expect(uncached.entry).toMatchObject({ cost_usd: 0.4525, usage_source: 'reported' });
    const { key, id } = await adminOf(gateway, TOKEN).key(undefined, { cache_for: '10m' });
    const body = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] };
    for (const status of ['miss', 'hit']) {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await response.text();
      expect(response.headers.get('x-llmp-cache')).toBe(status);
    }
    const entries = async () =>
      ((await adminOf(gateway, TOKEN).get('ledger?limit=1000')).json.data ?? []).filter(
        (entry) => entry['key'] === id,
      );
    await expect.poll(async () => (await entries()).length).toBe(2);
    const [miss, hit] = await entries();
    expect(miss).toMatchObject({ cache: 'miss', cost_usd: 0.4525, usage_source: 'reported' });
    expect(hit).toMatchObject({ cache: 'hit', cost_usd: 0, output_tokens: 0 });
    expect(hit?.['usage_source'] ?? null).toBeNull();
  });
});

describe.each(BUSES)('a response of the simulator through the %s bus', (bus) => {
  it('costs nothing, and the ledger and the log say why', async () => {
    const env = { LLMP_ADMIN_TOKEN: TOKEN };
    await using gateway = await startGateway({ bus, env });
    for (const stream of [true, false]) {
      const { response, entry, annotations } = await ask(gateway, stream);
      expect(response.headers.get('x-llmp-upstream')).toBe('simulator');
      expect(entry).toMatchObject({ cost_usd: 0, usage_source: 'simulator', estimated: false });
      expect(entry?.['output_tokens']).toBeGreaterThan(0);
      expect(annotations).toMatchObject({ usageSource: 'simulator' });
    }
    expect((await adminOf(gateway, TOKEN).get('usage')).json.total).toMatchObject({
      requests: 2,
      cost_usd: 0,
      unpriced_requests: 0,
    });
  });
});
