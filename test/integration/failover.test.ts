// Failing upstreams as seen by an SDK, streamed and buffered, with the exact number of calls to each.

import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import {
  CONTENT,
  END,
  errorJson,
  jsonResponse,
  MODEL,
  START,
  success,
} from '../kit/two-upstreams.ts';

const EVENTS = [START, ...CONTENT, ...END];
const succeed = (isStream: boolean) => success('/v1/messages', isStream);

function fail(status: number, headers: readonly string[] = []): ScriptedResponse {
  const response = jsonResponse(status, errorJson('api_error', `error ${status}`));
  return { ...response, headers: [...response.headers, ...headers] };
}

type Failure = (isStream: boolean) => ScriptedResponse;

const cutBody: Failure = (isStream) => ({
  ...succeed(isStream),
  chunks: isStream ? [...EVENTS.slice(0, 3), 'cut'] : [Buffer.from('{"id":'), 'cut'],
});

describe.each([true, false])('two upstreams, streaming: %s', (isStream) => {
  let first: ScriptedUpstream;
  let second: ScriptedUpstream;
  let gateway: Gateway;
  let respond: Failure = succeed;
  const counts = { first: 0, second: 0 };

  beforeAll(async () => {
    first = await startScriptedUpstream(() => {
      counts.first += 1;
      return respond(isStream);
    });
    second = await startScriptedUpstream(() => {
      counts.second += 1;
      return succeed(isStream);
    });
  });
  beforeEach(async () => {
    // A new gateway per test, because failed upstreams are called less.
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

  it.each<[what: string, script: Failure]>([
    ['401', () => fail(401)],
    ['403', () => fail(403)],
    ['408', () => fail(408)],
    ['409', () => fail(409)],
    ['429', () => fail(429, ['retry-after', '30'])],
    ['500', () => fail(500)],
    ['502', () => fail(502)],
    ['503', () => fail(503, ['retry-after', '1'])],
    ['504', () => fail(504)],
    ['529', () => fail(529)],
  ])(
    'uses the second upstream if the first responds with %s, after one call each',
    async (_, script) => {
      respond = script;
      expect((await ask()).content).toMatchObject([{ type: 'text', text: 'Hello' }]);
      expect(counts).toEqual({ first: 1, second: 1 });
      const finished = () => gateway.logs().find(({ msg }) => msg === 'request finished');
      await expect
        .poll(finished)
        .toMatchObject({ annotations: { upstream: 'second', upstreamTries: 2 } });
      expect(JSON.stringify(gateway.logs())).not.toMatch(/key-one|key-two/);
    },
  );

  it.each([400, 404, 413, 422])('returns %i with its body after one call', async (status) => {
    respond = () => fail(status);
    await expect(ask()).rejects.toMatchObject({
      status,
      message: expect.stringContaining(`error ${status}`),
    });
    expect(counts).toEqual({ first: 1, second: 0 });
  });

  it('does not retry once a response has started', async () => {
    respond = cutBody;
    await expect(ask()).rejects.toThrow(/complete|upstream/i);
    expect(counts).toEqual({ first: 1, second: 0 });
  });

  it('sends each upstream its own key and the unchanged body', async () => {
    respond = () => fail(500);
    await ask();
    const [one, two] = [first.requests.at(-1), second.requests.at(-1)];
    expect(one?.rawHeaders).toContain('key-one');
    expect(two?.rawHeaders).toContain('key-two');
    expect(two?.rawHeaders).not.toContain('key-one');
    expect(one?.body.equals(two?.body ?? Buffer.alloc(0))).toBe(true);
  });

  it('treats a connection that fails before the head as a failure', async () => {
    const dead = await startScriptedUpstream(() => succeed(isStream));
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
