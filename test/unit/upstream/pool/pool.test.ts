// Several upstreams as one: how often each is asked, with what, and what comes back in the end.

import { describe, expect, it } from 'vitest';
import { Endpoint, type EndpointOptions } from '../../../../services/upstream/pool/endpoint.ts';
import { createPool } from '../../../../services/upstream/pool/pool.ts';
import type { UpstreamResponse, UpstreamRequest } from '../../../../services/upstream/transport.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { headerOf } from '../../../../shared/runtime/raw-headers.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

interface Answer {
  readonly status: number;
  readonly headers?: readonly string[];
}
/** What an upstream does with each call; the last for all that follow. */
type Script = readonly (Answer | 'refuses' | 'hangs' | 'breaks')[];

const OK: Answer = { status: 200 };
const BODY = '{"model":"m1","n":12345678901234567890,"max_tokens":1}';

interface Tree {
  readonly scripts: Readonly<Record<string, Script>>;
  readonly options?: Readonly<Record<string, Partial<EndpointOptions>>>;
  readonly maxAttempts?: number;
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
}

function tree({ scripts, options = {}, maxAttempts = 3, fallbacks = {} }: Tree) {
  const clock = createFakeClock();
  const calls: string[] = [];
  const sent: UpstreamRequest[] = [];
  const healths: string[] = [];
  const endpoints = Object.entries(scripts).map(([name, script]) => {
    let count = 0;
    const transport = async (request: UpstreamRequest): Promise<UpstreamResponse> => {
      const key = headerOf(request.headers, 'x-api-key');
      calls.push(key === undefined ? name : `${name}/${key}`);
      sent.push(request);
      const answer = script[Math.min(count++, script.length - 1)] ?? OK;
      if (answer === 'refuses') throw new LlmpError('upstream_unreachable');
      if (answer === 'hangs') {
        return await new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      }
      const breaks = answer === 'breaks';
      const { status, headers = [] } = breaks ? OK : answer;
      return { status, headers, body: bodyOf(`${name} ${count}`, breaks) };
    };
    return new Endpoint({
      name,
      transport,
      credentials: [[]],
      weight: 1,
      models: ['*'],
      aliases: {},
      headers: [],
      headersTimeoutMs: 60_000,
      ...options[name],
    });
  });
  const pool = createPool({
    endpoints,
    maxAttempts,
    fallbacks,
    clock,
    random: () => 0,
    waitMsMax: 5_000,
    health: (name, state) => void healths.push(`${name} ${state}`),
  });
  const ask = async (body = BODY, signal = new AbortController().signal) => {
    const asking = pool({
      method: 'POST',
      path: '/v1/messages',
      headers: ['anthropic-version', '2023-06-01'],
      body: Buffer.from(body),
      signal,
    });
    // Lets the pool come to its pause, as often as there is one.
    let over = false;
    asking.then(
      () => (over = true),
      () => (over = true),
    );
    for (let turn = 0; !over && turn < 200; turn++) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (!over && clock.pending > 0 && turn % 5 === 4) clock.advance(250);
    }
    return await asking;
  };
  const told = async (body = BODY) => {
    const reply = await ask(body).catch((error: unknown) => error);
    if (reply instanceof LlmpError) return reply.code;
    const { status, headers, body: chunks } = reply as UpstreamResponse;
    const text = Buffer.concat(await Array.fromAsync(chunks)).toString();
    return {
      status,
      text,
      by: headerOf(headers, 'x-llmp-upstream'),
      model: headerOf(headers, 'x-llmp-model'),
    };
  };
  return { clock, calls, sent, healths, ask, told, endpoints };
}

async function* bodyOf(text: string, breaks: boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  if (breaks) throw new LlmpError('upstream_disconnected');
}

describe('several upstreams', () => {
  it.each<[what: string, script: Script, calls: readonly string[], told: unknown]>([
    ['answers', [OK], ['a'], { status: 200, by: 'a' }],
    ['says 400', [{ status: 400 }], ['a'], { status: 400, text: 'a 1' }],
    ['says 404', [{ status: 404 }], ['a'], { status: 404, text: 'a 1' }],
    ['says 413', [{ status: 413 }], ['a'], { status: 413, text: 'a 1' }],
    ['says 401', [{ status: 401 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 408', [{ status: 408 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 409', [{ status: 409 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 429', [{ status: 429 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 500', [{ status: 500 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 502', [{ status: 502 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 503', [{ status: 503 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['says 529', [{ status: 529 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['refuses connections', ['refuses'], ['a', 'b'], { status: 200, by: 'b' }],
    [
      'forbids another try',
      [{ status: 503, headers: ['x-should-retry', 'false'] }],
      ['a'],
      { status: 503 },
    ],
  ])('call another one where the first %s', async (_, script, expected, told) => {
    const { calls, told: ask } = tree({ scripts: { a: script, b: [OK] } });
    expect(await ask()).toMatchObject(told as object);
    expect(calls).toEqual(expected);
  });

  it('pass the last failure on as it came, after so many calls', async () => {
    const { calls, told } = tree({ scripts: { a: [{ status: 529 }], b: [{ status: 503 }] } });
    expect(await told()).toMatchObject({ status: 529, text: 'a 2', by: 'a' });
    expect(calls).toEqual(['a', 'b', 'a']);
    const refusing = tree({ scripts: { a: ['refuses'], b: ['refuses'] }, maxAttempts: 2 });
    expect(await refusing.told()).toBe('upstream_unreachable');
    expect(refusing.calls).toEqual(['a', 'b']);
    const once = tree({ scripts: { a: [{ status: 500 }], b: [OK] }, maxAttempts: 1 });
    expect(await once.told()).toMatchObject({ status: 500 });
  });

  it('are never asked again once an answer has begun', async () => {
    const { calls, ask } = tree({ scripts: { a: ['breaks'], b: [OK] } });
    const { body } = await ask();
    await expect(Array.fromAsync(body)).rejects.toMatchObject({ code: 'upstream_disconnected' });
    expect(calls).toEqual(['a']);
  });

  it('are asked again after the pause one of them asks for, if it is short', async () => {
    const later = (seconds: string) => ({ status: 503, headers: ['retry-after', seconds] });
    const short = tree({ scripts: { a: [later('2'), OK] } });
    const startMs = short.clock.monotonic();
    expect(await short.told()).toMatchObject({ status: 200 });
    expect(short.clock.monotonic() - startMs).toBeGreaterThanOrEqual(2_000);
    const long = tree({ scripts: { a: [later('6'), OK] } });
    expect(await long.told()).toMatchObject({ status: 503 });
    expect(long.calls).toEqual(['a']);
  });

  it('get the body as it came but for the name of the model', async () => {
    const options = { a: { aliases: { m1: 'vendor/m-one' } } };
    const { sent, told } = tree({ scripts: { a: [OK] }, options });
    expect(await told()).toMatchObject({ model: 'vendor/m-one' });
    expect(sent).toHaveLength(1);
    expect(Buffer.from(sent[0]?.body ?? []).toString()).toBe(BODY.replace('m1', 'vendor/m-one'));
    const plain = tree({ scripts: { a: [OK] } });
    expect(await plain.told()).toMatchObject({ model: undefined });
    expect(Buffer.from(plain.sent[0]?.body ?? []).toString()).toBe(BODY);
  });

  it('get their own headers in place of the client’s', async () => {
    const options = { a: { headers: ['Anthropic-Version', '2026-10-21', 'x-org', 'o'] } };
    const { sent, told } = tree({ scripts: { a: [OK] }, options });
    await told();
    expect(sent[0]?.headers).toEqual(['Anthropic-Version', '2026-10-21', 'x-org', 'o']);
  });

  it('are those that have the model', async () => {
    const options = { a: { models: ['x-*'] }, b: { models: ['m*'] } };
    const { calls, told } = tree({ scripts: { a: [OK], b: [OK] }, options });
    await told();
    expect(calls).toEqual(['b']);
    expect(await told('{"model":"z"}')).toBe('not_found');
    expect(calls).toEqual(['b']);
  });

  it('answer with another model only where that is said, and say so', async () => {
    const options = { a: { models: ['m1'] }, b: { models: ['m2'] } };
    const scripts = { a: [{ status: 529 }], b: [OK] };
    const silent = tree({ scripts, options, maxAttempts: 1 });
    expect(await silent.told()).toMatchObject({ status: 529 });
    const loud = tree({ scripts, options, maxAttempts: 4, fallbacks: { m1: ['m2'] } });
    const { annotations } = await loud.ask();
    expect(annotations).toMatchObject({ upstream: 'b', upstreamTries: 2, fallbackModel: 'm2' });
    expect(await loud.told()).toMatchObject({ status: 200, by: 'b', model: 'm2' });
    expect(Buffer.from(loud.sent.at(-1)?.body ?? []).toString()).toBe(BODY.replace('m1', 'm2'));
  });

  it('use their keys in turn, and let those rest that are out of quota', async () => {
    const keys = {
      credentials: [
        ['x-api-key', 'k1'],
        ['x-api-key', 'k2'],
        ['x-api-key', 'k3'],
      ],
    };
    const turns = tree({ scripts: { a: [OK] }, options: { a: keys } });
    for (let count = 0; count < 4; count++) await turns.told();
    expect(turns.calls).toEqual(['a/k1', 'a/k2', 'a/k3', 'a/k1']);
    const quota = { status: 429, headers: ['retry-after', '60'] };
    const spent = tree({ scripts: { a: [quota, OK] }, options: { a: keys } });
    expect(await spent.told()).toMatchObject({ status: 200 });
    for (let count = 0; count < 3; count++) await spent.told();
    expect(spent.calls).toEqual(['a/k1', 'a/k2', 'a/k3', 'a/k2', 'a/k3']);
    spent.clock.advance(60_000);
    await spent.told();
    expect(spent.calls.at(-1)).toBe('a/k1');
  });

  it('do not try all keys of one that is broken', async () => {
    const keys = {
      credentials: [
        ['x-api-key', 'k1'],
        ['x-api-key', 'k2'],
      ],
    };
    const { calls, told } = tree({
      scripts: { a: [{ status: 500 }], b: [OK] },
      options: { a: keys },
    });
    await told();
    expect(calls).toEqual(['a/k1', 'b']);
  });

  it('are left alone after failing in a row, and asked once later', async () => {
    const { calls, told, clock, healths } = tree({
      scripts: { a: [...Array.from({ length: 5 }, () => ({ status: 500 })), OK], b: [OK] },
    });
    for (let count = 0; count < 5; count++) await told();
    expect(healths).toEqual(['a open']);
    calls.length = 0;
    await told();
    expect(calls).toEqual(['b']);
    clock.advance(5_000);
    await told();
    await told();
    expect(calls).toEqual(['b', 'a', 'a']);
    expect(healths).toEqual(['a open', 'a closed']);
  });

  it('say when none of them can be asked', async () => {
    const { calls, told } = tree({ scripts: { a: [{ status: 500 }] }, maxAttempts: 1 });
    for (let count = 0; count < 5; count++) await told();
    calls.length = 0;
    const quota = tree({ scripts: { a: [{ status: 429, headers: ['retry-after', '60'] }] } });
    expect(await quota.told()).toMatchObject({ status: 429 });
    expect(await quota.told()).toBe('no_healthy_upstream');
    expect(quota.calls).toEqual(['a']);
  });

  it('repeat only a share of all calls when everything fails', async () => {
    const { calls, told } = tree({
      scripts: { a: [{ status: 409 }], b: [{ status: 409 }] },
      maxAttempts: 2,
    });
    for (let count = 0; count < 100; count++) await told();
    expect(calls.length).toBeLessThanOrEqual(100 + 20 + 20);
    expect(calls.length).toBeGreaterThan(120);
  });

  it('are given up when they say nothing for too long', async () => {
    const { calls, told } = tree({
      scripts: { a: ['hangs'], b: [OK] },
      options: { a: { headersTimeoutMs: 1_000 } },
    });
    expect(await told()).toMatchObject({ status: 200, by: 'b' });
    expect(calls).toEqual(['a', 'b']);
  });

  it('are not asked any more when the client has left', async () => {
    const { calls, ask, endpoints } = tree({ scripts: { a: ['hangs'], b: [OK] } });
    const leaving = new AbortController();
    const asking = ask(BODY, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(asking).rejects.toThrow('aborted');
    expect(calls).toEqual(['a']);
    expect(endpoints[0]?.breaker.failures).toBe(0);
  });
});
