// Upstreams that fail, as the SDK sees it: each fault at each stage, streamed and not, with the exact
// number of calls that each upstream gets.

import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';

const MODEL = 'claude-haiku-4-5';
const USAGE = { input_tokens: 1, output_tokens: 1 };
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: MODEL,
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: USAGE,
};

function event(type: string, fields: object = {}): Uint8Array {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
}

const EVENTS = [
  event('message_start', { message: { ...MESSAGE, content: [], stop_reason: null } }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event('message_stop'),
];

function good(isStream: boolean): ScriptedResponse {
  return isStream
    ? { status: 200, headers: ['content-type', 'text/event-stream'], chunks: EVENTS }
    : {
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(JSON.stringify(MESSAGE))],
      };
}

function failed(status: number, headers: readonly string[] = []): ScriptedResponse {
  const error = { type: 'error', error: { type: 'api_error', message: `fault ${status}` } };
  const body = Buffer.from(JSON.stringify(error));
  return { status, headers: ['content-type', 'application/json', ...headers], chunks: [body] };
}

type Fault = (isStream: boolean) => ScriptedResponse;

const cutBody: Fault = (isStream) => ({
  ...good(isStream),
  chunks: isStream ? [...EVENTS.slice(0, 3), 'cut'] : [Buffer.from('{"id":'), 'cut'],
});

describe.each([true, false])('two upstreams, streaming: %s', (isStream) => {
  let first: ScriptedUpstream;
  let second: ScriptedUpstream;
  let gateway: Gateway;
  let onError: Fault = good;
  const counts = { first: 0, second: 0 };

  beforeAll(async () => {
    first = await startScriptedUpstream(() => {
      counts.first += 1;
      return onError(isStream);
    });
    second = await startScriptedUpstream(() => {
      counts.second += 1;
      return good(isStream);
    });
  });
  beforeEach(async () => {
    // A gateway of its own for each fault, as an upstream that failed is asked less.
    const upstreams = {
      version: 1,
      upstreams: [
        { name: 'first', url: first.url, keys: ['key-one'], weight: 1000 },
        { name: 'second', url: second.url, keys: ['key-two'], weight: 0.001 },
      ],
    };
    gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_UPSTREAMS: JSON.stringify(upstreams) },
    });
    counts.first = counts.second = 0;
    return () => gateway[Symbol.asyncDispose]();
  });
  afterAll(async () => {
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
  });

  async function ask(maxRetries = 0) {
    const client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries });
    const messages = [{ role: 'user' as const, content: 'Hello' }];
    const request = { model: MODEL, max_tokens: 10, messages };
    return isStream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
  }

  it.each<[what: string, onError: Fault]>([
    ['401', () => failed(401)],
    ['403', () => failed(403)],
    ['408', () => failed(408)],
    ['409', () => failed(409)],
    ['429', () => failed(429, ['retry-after', '30'])],
    ['500', () => failed(500)],
    ['502', () => failed(502)],
    ['503', () => failed(503, ['retry-after', '1'])],
    ['504', () => failed(504)],
    ['529', () => failed(529)],
  ])('answers by the second where the first says %s, after one call each', async (_, script) => {
    onError = script;
    expect((await ask()).content).toMatchObject([{ type: 'text', text: 'Hello' }]);
    expect(counts).toEqual({ first: 1, second: 1 });
    const finished = () => gateway.logs().find(({ msg }) => msg === 'request finished');
    await expect
      .poll(finished)
      .toMatchObject({ annotations: { upstream: 'second', upstreamTries: 2 } });
    expect(JSON.stringify(gateway.logs())).not.toMatch(/key-one|key-two/);
  });

  it.each([400, 404, 413, 422])('passes %i on with its body, after one call', async (status) => {
    onError = () => failed(status);
    await expect(ask()).rejects.toMatchObject({
      status,
      message: expect.stringContaining(`fault ${status}`),
    });
    expect(counts).toEqual({ first: 1, second: 0 });
  });

  it('does not ask again when an answer has begun', async () => {
    onError = cutBody;
    await expect(ask()).rejects.toThrow(/complete|upstream/i);
    expect(counts).toEqual({ first: 1, second: 0 });
  });

  it('sends each upstream its own key, and the body as it came', async () => {
    onError = () => failed(500);
    await ask();
    const [one, two] = [first.requests.at(-1), second.requests.at(-1)];
    expect(one?.rawHeaders).toContain('key-one');
    expect(two?.rawHeaders).toContain('key-two');
    expect(two?.rawHeaders).not.toContain('key-one');
    expect(one?.body.equals(two?.body ?? Buffer.alloc(0))).toBe(true);
  });

  it('takes a connection that breaks before the head for a fault', async () => {
    const dead = await startScriptedUpstream(() => good(isStream));
    await dead[Symbol.asyncDispose]();
    const upstreams = [
      { name: 'dead', url: dead.url, weight: 1000 },
      { name: 'second', url: second.url, weight: 0.001 },
    ];
    await gateway[Symbol.asyncDispose]();
    gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_UPSTREAMS: JSON.stringify({ version: 1, upstreams }) },
    });
    expect((await ask()).content).toMatchObject([{ text: 'Hello' }]);
    expect(counts.second).toBe(1);
  });
});
