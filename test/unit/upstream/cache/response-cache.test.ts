import { describe, expect, it } from 'vitest';
import { ResponseCache } from '../../../../services/upstream/cache/response-cache.ts';
import type { UpstreamResponse } from '../../../../services/upstream/transport.ts';
import type { CachedResponse } from '../../../../shared/store/response-cache.ts';
import type { Envelope } from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { headerOf, isEventStream } from '../../../../shared/runtime/raw-headers.ts';
import { limits } from '../../../../shared/limits.ts';
import { NO_TOKENS } from '../../../../shared/token-usage.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { transform } from '../../../kit/transforms.ts';

const TTL_MS = 60_000;
const BODY = '{"model":"m","messages":[]}';
const MESSAGE =
  '{"type":"message","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3}}';

function buffered(text = MESSAGE, more: Partial<UpstreamResponse> = {}): UpstreamResponse {
  return {
    status: 200,
    headers: ['content-type', 'application/json'],
    body: chunks([text]),
    ...more,
  };
}

async function* chunks(texts: readonly string[], error?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
  if (error) throw error;
}

function setUp({ fails = false } = {}) {
  const clock = createFakeClock();
  const stored = new Map<string, { response: CachedResponse; untilMs: number }>();
  const errors: unknown[] = [];
  const cache = new ResponseCache({
    store: () =>
      fails
        ? Promise.reject(new Error('the store is down'))
        : Promise.resolve({
            async cachedResponse(key: string, nowMs: number) {
              const found = stored.get(key);
              return found && found.untilMs > nowMs ? found.response : undefined;
            },
            async saveResponse(key: string, response: CachedResponse, ttlMs: number) {
              stored.set(key, { response, untilMs: response.storedAtMs + ttlMs });
            },
          }),
    clock,
    limits,
    rulesVersion: 'r',
    onError: (error) => void errors.push(error),
  });
  let calls = 0;
  /** Sends a request and reads the response. */
  const ask = async (
    respond: () => UpstreamResponse | Promise<UpstreamResponse> = buffered,
    meta: Partial<Envelope> = {},
    { signal = new AbortController().signal, policy = 'p@1', isCached = true } = {},
  ) => {
    const cacheFields = isCached ? { cache: { ttlMs: TTL_MS, mode: 'use' as const } } : {};
    const envelope: Envelope = { ...requestMessage().meta, ...cacheFields, ...meta };
    const body = requestBodyOf(BODY);
    const response = await cache.readThrough({ meta: envelope, body, policy, signal }, async () => {
      calls += 1;
      return await respond();
    });
    const { headers, annotations, usage, body: chunked, recorder } = response;
    const isStream = isEventStream(headers);
    const { text, error } = await transform(recorder ? [recorder] : [], chunked, { isStream });
    if (error) throw error;
    return {
      text,
      annotations,
      usage,
      cache: headerOf(headers, 'x-llmp-cache'),
      age: headerOf(headers, 'age'),
    };
  };
  return { clock, stored, errors, ask, calls: () => calls };
}

describe('the response cache', () => {
  it('returns a response until it expires', async () => {
    const { ask, calls, clock } = setUp();
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    clock.advance(TTL_MS - 1);
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'hit', age: '59' });
    expect(calls()).toBe(1);
    clock.advance(1);
    expect(await ask()).toMatchObject({ cache: 'miss' });
    expect(calls()).toBe(2);
  });

  it('uses no tokens on a hit', async () => {
    const { ask } = setUp();
    await ask();
    expect(await ask()).toMatchObject({ annotations: { cache: 'hit' }, usage: NO_TOKENS });
  });

  it('is bypassed for keys without a cache and on request', async () => {
    const { ask, calls } = setUp();
    await ask();
    expect((await ask(buffered, {}, { isCached: false })).cache).toBeUndefined();
    const bypass = { cache: { ttlMs: TTL_MS, mode: 'bypass' as const } };
    expect(await ask(buffered, bypass)).toMatchObject({ cache: 'bypass' });
    expect(calls()).toBe(3);
  });

  it('is refreshed on request', async () => {
    const { ask, calls } = setUp();
    await ask();
    const refresh = { cache: { ttlMs: TTL_MS, mode: 'refresh' as const } };
    const newer = MESSAGE.replace('Hi', 'Ho');
    expect(await ask(() => buffered(newer), refresh)).toMatchObject({ cache: 'miss', text: newer });
    expect(await ask()).toMatchObject({ cache: 'hit', text: newer });
    expect(calls()).toBe(2);
  });

  it('has separate entries per tenant and policy version', async () => {
    const { ask, calls } = setUp();
    await ask();
    await ask(buffered, { tenant: 'other' });
    await ask(buffered, {}, { policy: 'p@2' });
    expect(calls()).toBe(3);
  });

  it('serves streamed and buffered responses from one entry', async () => {
    const { ask } = setUp();
    await ask();
    const { text, cache } = await ask(buffered, { stream: true });
    expect(cache).toBe('hit');
    expect(text).toMatch(/^event: message_start\n/);
    expect(text).toMatch(/event: message_stop\n.*\n\n$/);
  });

  it.each<[what: string, respond: () => UpstreamResponse]>([
    ['an error', () => buffered('{"type":"error"}', { status: 529 })],
    ['an error with status 200', () => buffered('{"type":"error","error":{}}')],
    ['text that is not JSON', () => buffered('Hello')],
    ['a response cut at max_tokens', () => buffered(MESSAGE.replace('end_turn', 'max_tokens'))],
    ['a refusal', () => buffered(MESSAGE.replace('end_turn', 'refusal'))],
    ['a paused turn', () => buffered(MESSAGE.replace('end_turn', 'pause_turn'))],
    [
      'a response of a fallback model',
      () => buffered(MESSAGE, { annotations: { fallbackModel: 'other' } }),
    ],
    ['a response that is too large', () => buffered(MESSAGE.replace('Hi', 'x'.repeat(1_100_000)))],
  ])('does not store %s', async (_, respond) => {
    const { ask, stored, calls } = setUp();
    await ask(respond);
    expect(stored.size).toBe(0);
    await ask();
    expect(calls()).toBe(2);
  });

  it('does not store an interrupted or incomplete response', async () => {
    const { ask, stored } = setUp();
    const broken = () =>
      buffered('', {
        body: chunks([MESSAGE.slice(0, 40)], new LlmpError('upstream_disconnected')),
      });
    await expect(ask(broken)).rejects.toMatchObject({ code: 'upstream_disconnected' });
    const stream = ['content-type', 'text/event-stream'];
    const incomplete = 'event: message_start\ndata: {"message":{"type":"message"}}\n\n';
    await ask(() => buffered('', { headers: stream, body: chunks([incomplete]) }));
    expect(stored.size).toBe(0);
  });

  describe('with identical concurrent requests', () => {
    it('makes one call for two hundred requests', async () => {
      const { ask, calls } = setUp();
      const gate = Promise.withResolvers<void>();
      const slow = async () => {
        await gate.promise;
        return buffered();
      };
      const requests = Array.from({ length: 200 }, () => ask(slow));
      await new Promise((resolve) => void setImmediate(resolve));
      gate.resolve();
      const responses = await Promise.all(requests);
      expect(calls()).toBe(1);
      expect(responses.filter(({ cache }) => cache === 'hit')).toHaveLength(199);
      expect(new Set(responses.map(({ text }) => text))).toEqual(new Set([MESSAGE]));
    });

    it('lets every waiter make its own call if the first one fails', async () => {
      const { ask, calls } = setUp();
      const failing = async () => {
        await new Promise((resolve) => void setImmediate(resolve));
        return buffered('{"type":"error"}', { status: 500 });
      };
      const responses = await Promise.all(Array.from({ length: 5 }, () => ask(failing)));
      expect(responses.map(({ cache }) => cache)).toEqual(Array.from({ length: 5 }, () => 'miss'));
      expect(calls()).toBe(5);
    });

    it('does not wait for an aborted request', async () => {
      const { ask, calls } = setUp();
      const aborting = new AbortController();
      const never = () =>
        new Promise<UpstreamResponse>((_, reject) => {
          aborting.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      const first = ask(never, {}, { signal: aborting.signal });
      const second = ask();
      const third = new AbortController();
      const waiter = ask(buffered, {}, { signal: third.signal });
      third.abort(new Error('left'));
      await expect(waiter).rejects.toThrow('left');
      aborting.abort();
      await expect(first).rejects.toThrow('aborted');
      expect(await second).toMatchObject({ text: MESSAGE });
      expect(calls()).toBe(2);
    });
  });

  it('sends every request to the upstream if the store fails', async () => {
    const { ask, calls, errors } = setUp({ fails: true });
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    expect(calls()).toBe(2);
    await expect.poll(() => errors.length).toBe(4);
  });
});
