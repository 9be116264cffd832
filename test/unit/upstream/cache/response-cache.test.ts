// What is given again, for how long, and to whom while it is still being written.

import { describe, expect, it } from 'vitest';
import { ResponseCache } from '../../../../services/upstream/cache/response-cache.ts';
import type { UpstreamResponse } from '../../../../services/upstream/transport.ts';
import type { CachedResponse } from '../../../../shared/store/response-cache.ts';
import type { Envelope } from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { headerOf } from '../../../../shared/runtime/raw-headers.ts';
import { limits } from '../../../../shared/limits.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const TTL_MS = 60_000;
const BODY = '{"model":"m","messages":[]}';
const MESSAGE =
  '{"type":"message","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3}}';

function whole(text = MESSAGE, more: Partial<UpstreamResponse> = {}): UpstreamResponse {
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

function tree({ fails = false } = {}) {
  const clock = createFakeClock();
  const kept = new Map<string, { answer: CachedResponse; untilMs: number }>();
  const faults: unknown[] = [];
  const cache = new ResponseCache({
    store: () =>
      fails
        ? Promise.reject(new Error('the store is down'))
        : Promise.resolve({
            async answerTo(key: string, nowMs: number) {
              const found = kept.get(key);
              return found && found.untilMs > nowMs ? found.answer : undefined;
            },
            async saveResponse(key: string, answer: CachedResponse, ttlMs: number) {
              kept.set(key, { answer, untilMs: answer.storedAtMs + ttlMs });
            },
          }),
    clock,
    limits,
    rulesVersion: 'r',
    onError: (error) => void faults.push(error),
  });
  let calls = 0;
  /** Asks and reads; the answer's text, and whether it was a hit. */
  const ask = async (
    reply: () => UpstreamResponse | Promise<UpstreamResponse> = whole,
    meta: Partial<Envelope> = {},
    { signal = new AbortController().signal, policy = 'p@1', wants = true } = {},
  ) => {
    const wanted = wants ? { cache: { ttlMs: TTL_MS, mode: 'use' as const } } : {};
    const asked: Envelope = { ...requestMessage().meta, ...wanted, ...meta };
    const body = Buffer.from(BODY);
    const got = await cache.readThrough({ meta: asked, body, policy, signal }, async () => {
      calls += 1;
      return await reply();
    });
    const text = Buffer.concat(await Array.fromAsync(got.body)).toString();
    const { headers, annotations } = got;
    return {
      text,
      annotations,
      cache: headerOf(headers, 'x-llmp-cache'),
      age: headerOf(headers, 'age'),
    };
  };
  return { clock, kept, faults, ask, calls: () => calls };
}

describe('the cache of answers', () => {
  it('gives an answer again until its time is over', async () => {
    const { ask, calls, clock } = tree();
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    clock.advance(TTL_MS - 1);
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'hit', age: '59' });
    expect(calls()).toBe(1);
    clock.advance(1);
    expect(await ask()).toMatchObject({ cache: 'miss' });
    expect(calls()).toBe(2);
  });

  it('costs nothing when it gives one again', async () => {
    const { ask } = tree();
    await ask();
    expect((await ask()).annotations).toMatchObject({
      cache: 'hit',
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  it('is not asked for keys that do not want it, nor where the client does not', async () => {
    const { ask, calls } = tree();
    await ask();
    expect((await ask(whole, {}, { wants: false })).cache).toBeUndefined();
    const bypass = { cache: { ttlMs: TTL_MS, mode: 'bypass' as const } };
    expect(await ask(whole, bypass)).toMatchObject({ cache: 'bypass' });
    expect(calls()).toBe(3);
  });

  it('is written anew where the client wants it fresh', async () => {
    const { ask, calls } = tree();
    await ask();
    const refresh = { cache: { ttlMs: TTL_MS, mode: 'refresh' as const } };
    const newer = MESSAGE.replace('Hi', 'Ho');
    expect(await ask(() => whole(newer), refresh)).toMatchObject({ cache: 'miss', text: newer });
    expect(await ask()).toMatchObject({ cache: 'hit', text: newer });
    expect(calls()).toBe(2);
  });

  it('has an entry for each tenant and each version of the policy', async () => {
    const { ask, calls } = tree();
    await ask();
    await ask(whole, { tenant: 'other' });
    await ask(whole, {}, { policy: 'p@2' });
    expect(calls()).toBe(3);
  });

  it('serves streams and others from one entry', async () => {
    const { ask } = tree();
    await ask();
    const { text, cache } = await ask(whole, { stream: true });
    expect(cache).toBe('hit');
    expect(text).toMatch(/^event: message_start\n/);
    expect(text).toMatch(/event: message_stop\n.*\n\n$/);
  });

  it.each<[what: string, reply: () => UpstreamResponse]>([
    ['an error', () => whole('{"type":"error"}', { status: 529 })],
    ['an error with status 200', () => whole('{"type":"error","error":{}}')],
    ['no JSON', () => whole('Hello')],
    ['an answer cut at its limit', () => whole(MESSAGE.replace('end_turn', 'max_tokens'))],
    ['a refusal', () => whole(MESSAGE.replace('end_turn', 'refusal'))],
    ['a turn that goes on', () => whole(MESSAGE.replace('end_turn', 'pause_turn'))],
    [
      'an answer of another model',
      () => whole(MESSAGE, { annotations: { fallbackModel: 'other' } }),
    ],
    ['an answer that is too large', () => whole(MESSAGE.replace('Hi', 'x'.repeat(1_100_000)))],
  ])('does not keep %s', async (_, reply) => {
    const { ask, kept, calls } = tree();
    await ask(reply);
    expect(kept.size).toBe(0);
    await ask();
    expect(calls()).toBe(2);
  });

  it('does not keep what broke off, nor what nobody read to its end', async () => {
    const { ask, kept } = tree();
    const broken = () =>
      whole('', { body: chunks([MESSAGE.slice(0, 40)], new LlmpError('upstream_disconnected')) });
    await expect(ask(broken)).rejects.toMatchObject({ code: 'upstream_disconnected' });
    const stream = ['content-type', 'text/event-stream'];
    const early = 'event: message_start\ndata: {"message":{"type":"message"}}\n\n';
    await ask(() => whole('', { headers: stream, body: chunks([early]) }));
    expect(kept.size).toBe(0);
  });

  describe('while others ask the same', () => {
    it('asks once for two hundred', async () => {
      const { ask, calls } = tree();
      const gate = Promise.withResolvers<void>();
      const slow = async () => {
        await gate.promise;
        return whole();
      };
      const asked = Array.from({ length: 200 }, () => ask(slow));
      await new Promise((resolve) => void setImmediate(resolve));
      gate.resolve();
      const answers = await Promise.all(asked);
      expect(calls()).toBe(1);
      expect(answers.filter(({ cache }) => cache === 'hit')).toHaveLength(199);
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([MESSAGE]));
    });

    it('lets all others ask for themselves where it comes to nothing', async () => {
      const { ask, calls } = tree();
      const failing = async () => {
        await new Promise((resolve) => void setImmediate(resolve));
        return whole('{"type":"error"}', { status: 500 });
      };
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask(failing)));
      expect(answers.map(({ cache }) => cache)).toEqual(Array.from({ length: 5 }, () => 'miss'));
      expect(calls()).toBe(5);
    });

    it('does not wait for one that has left, nor make others wait for it', async () => {
      const { ask, calls } = tree();
      const leaving = new AbortController();
      const never = () =>
        new Promise<UpstreamResponse>((_, reject) => {
          leaving.signal.addEventListener('abort', () => reject(new Error('gone')));
        });
      const first = ask(never, {}, { signal: leaving.signal });
      const second = ask();
      const third = new AbortController();
      const gone = ask(whole, {}, { signal: third.signal });
      third.abort(new Error('left'));
      await expect(gone).rejects.toThrow('left');
      leaving.abort();
      await expect(first).rejects.toThrow('gone');
      expect(await second).toMatchObject({ text: MESSAGE });
      expect(calls()).toBe(2);
    });
  });

  it('lets everybody ask the upstream when the store fails', async () => {
    const { ask, calls, faults } = tree({ fails: true });
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    expect(await ask()).toMatchObject({ text: MESSAGE, cache: 'miss' });
    expect(calls()).toBe(2);
    await expect.poll(() => faults.length).toBe(4);
  });
});
