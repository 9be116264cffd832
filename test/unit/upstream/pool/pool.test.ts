// How often each upstream is called, with what, and which response is returned.

import { describe, expect, it } from 'vitest';
import type { EndpointOptions } from '../../../../services/upstream/pool/endpoint.ts';
import { createPool } from '../../../../services/upstream/pool/pool.ts';
import type { UpstreamResponse, UpstreamRequest } from '../../../../services/upstream/transport.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { headerOf } from '../../../../shared/runtime/raw-headers.ts';
import { endpointOf } from '../../../kit/endpoints.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { limits } from '../../../../shared/limits.ts';

interface ScriptedResponse {
  readonly status: number;
  readonly headers?: readonly string[];
}
/** What an upstream does with each call; the last entry repeats. */
type Script = readonly (ScriptedResponse | 'refuses' | 'hangs' | 'breaks')[];

const OK: ScriptedResponse = { status: 200 };
const BODY = '{"model":"m1","n":12345678901234567890,"max_tokens":1}';

interface Setup {
  readonly scripts: Readonly<Record<string, Script>>;
  readonly options?: Readonly<Record<string, Partial<EndpointOptions>>>;
  readonly maxAttempts?: number;
  readonly fallbacks?: Readonly<Record<string, readonly string[]>>;
}

function setUp({ scripts, options = {}, maxAttempts = 3, fallbacks = {} }: Setup) {
  const clock = createFakeClock();
  const calls: string[] = [];
  const sent: UpstreamRequest[] = [];
  const healthChanges: string[] = [];
  const endpoints = Object.entries(scripts).map(([name, script]) => {
    let count = 0;
    const transport = async (request: UpstreamRequest): Promise<UpstreamResponse> => {
      const key = headerOf(request.headers, 'x-api-key');
      calls.push(key === undefined ? name : `${name}/${key}`);
      sent.push(request);
      const step = script[Math.min(count++, script.length - 1)] ?? OK;
      if (step === 'refuses') throw new LlmpError('upstream_unreachable');
      if (step === 'hangs') {
        return await new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
      }
      const breaks = step === 'breaks';
      const { status, headers = [] } = breaks ? OK : step;
      return { status, headers, body: bodyOf(`${name} ${count}`, breaks) };
    };
    return endpointOf({ name, transport, ...options[name] });
  });
  const pool = createPool({
    limits: limits.json,
    endpoints,
    maxAttempts,
    fallbacks,
    clock,
    random: () => 0,
    waitMsMax: 5_000,
    health: (name, state) => void healthChanges.push(`${name} ${state}`),
  });
  const ask = async (body = BODY, signal = new AbortController().signal) => {
    const response = pool({
      method: 'POST',
      path: '/v1/messages',
      headers: ['anthropic-version', '2023-06-01'],
      body: requestBodyOf(body),
      signal,
    });
    // Advance the clock through each pause of the pool.
    let isSettled = false;
    response.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    for (let turn = 0; !isSettled && turn < 200; turn++) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (!isSettled && clock.pending > 0 && turn % 5 === 4) clock.advance(250);
    }
    return await response;
  };
  const outcome = async (body = BODY) => {
    const result = await ask(body).catch((error: unknown) => error);
    if (result instanceof LlmpError) return result.code;
    const { status, headers, body: chunks } = result as UpstreamResponse;
    const text = Buffer.concat(await Array.fromAsync(chunks)).toString();
    return {
      status,
      text,
      by: headerOf(headers, 'x-llmp-upstream'),
      model: headerOf(headers, 'x-llmp-model'),
    };
  };
  return { clock, calls, sent, healthChanges, ask, outcome, endpoints };
}

async function* bodyOf(text: string, breaks: boolean): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  if (breaks) throw new LlmpError('upstream_disconnected');
}

describe('several upstreams', () => {
  it.each<[what: string, script: Script, calls: readonly string[], expected: unknown]>([
    ['succeeds', [OK], ['a'], { status: 200, by: 'a' }],
    ['responds with 400', [{ status: 400 }], ['a'], { status: 400, text: 'a 1' }],
    ['responds with 404', [{ status: 404 }], ['a'], { status: 404, text: 'a 1' }],
    ['responds with 413', [{ status: 413 }], ['a'], { status: 413, text: 'a 1' }],
    ['responds with 401', [{ status: 401 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 408', [{ status: 408 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 409', [{ status: 409 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 429', [{ status: 429 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 500', [{ status: 500 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 502', [{ status: 502 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 503', [{ status: 503 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['responds with 529', [{ status: 529 }], ['a', 'b'], { status: 200, by: 'b' }],
    ['refuses connections', ['refuses'], ['a', 'b'], { status: 200, by: 'b' }],
    [
      'forbids a retry',
      [{ status: 503, headers: ['x-should-retry', 'false'] }],
      ['a', 'b'],
      { status: 200, by: 'b' },
    ],
  ])('are retried as expected if the first one %s', async (_, script, expectedCalls, expected) => {
    const { calls, outcome } = setUp({ scripts: { a: script, b: [OK] } });
    expect(await outcome()).toMatchObject(expected as object);
    expect(calls).toEqual(expectedCalls);
  });

  it('return the last failure unchanged after the maximum of attempts', async () => {
    const { calls, outcome } = setUp({ scripts: { a: [{ status: 529 }], b: [{ status: 503 }] } });
    expect(await outcome()).toMatchObject({ status: 529, text: 'a 2', by: 'a' });
    expect(calls).toEqual(['a', 'b', 'a']);
    const refusing = setUp({ scripts: { a: ['refuses'], b: ['refuses'] }, maxAttempts: 2 });
    expect(await refusing.outcome()).toBe('upstream_unreachable');
    expect(refusing.calls).toEqual(['a', 'b']);
    const once = setUp({ scripts: { a: [{ status: 500 }], b: [OK] }, maxAttempts: 1 });
    expect(await once.outcome()).toMatchObject({ status: 500 });
  });

  it('are not retried once a response has started', async () => {
    const { calls, ask } = setUp({ scripts: { a: ['breaks'], b: [OK] } });
    const { body } = await ask();
    await expect(Array.fromAsync(body)).rejects.toMatchObject({ code: 'upstream_disconnected' });
    expect(calls).toEqual(['a']);
  });

  it('are retried after the requested wait, if it is short', async () => {
    const later = (seconds: string) => ({ status: 503, headers: ['retry-after', seconds] });
    const short = setUp({ scripts: { a: [later('2'), OK] } });
    const startMs = short.clock.monotonic();
    expect(await short.outcome()).toMatchObject({ status: 200 });
    expect(short.clock.monotonic() - startMs).toBeGreaterThanOrEqual(2_000);
    const long = setUp({ scripts: { a: [later('6'), OK] } });
    expect(await long.outcome()).toMatchObject({ status: 503 });
    expect(long.calls).toEqual(['a']);
  });

  it('receive the body unchanged except for the model name', async () => {
    const options = { a: { aliases: { m1: 'vendor/m-one' } } };
    const { sent, outcome } = setUp({ scripts: { a: [OK] }, options });
    expect(await outcome()).toMatchObject({ model: 'vendor/m-one' });
    expect(sent).toHaveLength(1);
    expect(Buffer.from(sent[0]?.body.bytes ?? []).toString()).toBe(
      BODY.replace('m1', 'vendor/m-one'),
    );
    const plain = setUp({ scripts: { a: [OK] } });
    expect(await plain.outcome()).toMatchObject({ model: undefined });
    expect(Buffer.from(plain.sent[0]?.body.bytes ?? []).toString()).toBe(BODY);
  });

  it('receive their own headers instead of the client’s', async () => {
    const options = { a: { headers: ['Anthropic-Version', '2026-10-21', 'x-org', 'o'] } };
    const { sent, outcome } = setUp({ scripts: { a: [OK] }, options });
    await outcome();
    expect(sent[0]?.headers).toEqual(['Anthropic-Version', '2026-10-21', 'x-org', 'o']);
  });

  it('are chosen by model', async () => {
    const options = { a: { models: ['x-*'] }, b: { models: ['m*'] } };
    const { calls, outcome } = setUp({ scripts: { a: [OK], b: [OK] }, options });
    await outcome();
    expect(calls).toEqual(['b']);
    expect(await outcome('{"model":"z"}')).toBe('not_found');
    expect(calls).toEqual(['b']);
  });

  it('use a fallback model only if configured, and report it', async () => {
    const options = { a: { models: ['m1'] }, b: { models: ['m2'] } };
    const scripts = { a: [{ status: 529 }], b: [OK] };
    const withoutFallback = setUp({ scripts, options, maxAttempts: 1 });
    expect(await withoutFallback.outcome()).toMatchObject({ status: 529 });
    const withFallback = setUp({ scripts, options, maxAttempts: 4, fallbacks: { m1: ['m2'] } });
    const { annotations } = await withFallback.ask();
    expect(annotations).toMatchObject({ upstream: 'b', upstreamTries: 2, fallbackModel: 'm2' });
    expect(await withFallback.outcome()).toMatchObject({ status: 200, by: 'b', model: 'm2' });
    expect(Buffer.from(withFallback.sent.at(-1)?.body.bytes ?? []).toString()).toBe(
      BODY.replace('m1', 'm2'),
    );
  });

  it('rotate their keys, and suspend those out of quota', async () => {
    const keys = {
      credentials: [
        ['x-api-key', 'k1'],
        ['x-api-key', 'k2'],
        ['x-api-key', 'k3'],
      ],
    };
    const rotating = setUp({ scripts: { a: [OK] }, options: { a: keys } });
    for (let count = 0; count < 4; count++) await rotating.outcome();
    expect(rotating.calls).toEqual(['a/k1', 'a/k2', 'a/k3', 'a/k1']);
    const quota = { status: 429, headers: ['retry-after', '60'] };
    const exhausted = setUp({ scripts: { a: [quota, OK] }, options: { a: keys } });
    expect(await exhausted.outcome()).toMatchObject({ status: 200 });
    for (let count = 0; count < 3; count++) await exhausted.outcome();
    expect(exhausted.calls).toEqual(['a/k1', 'a/k2', 'a/k3', 'a/k2', 'a/k3']);
    exhausted.clock.advance(60_000);
    await exhausted.outcome();
    expect(exhausted.calls.at(-1)).toBe('a/k1');
  });

  it('do not try other keys of a failed upstream', async () => {
    const keys = {
      credentials: [
        ['x-api-key', 'k1'],
        ['x-api-key', 'k2'],
      ],
    };
    const { calls, outcome } = setUp({
      scripts: { a: [{ status: 500 }], b: [OK] },
      options: { a: keys },
    });
    await outcome();
    expect(calls).toEqual(['a/k1', 'b']);
  });

  it('are skipped after consecutive failures, and probed later', async () => {
    const { calls, outcome, clock, healthChanges } = setUp({
      scripts: { a: [...Array.from({ length: 5 }, () => ({ status: 500 })), OK], b: [OK] },
    });
    for (let count = 0; count < 5; count++) await outcome();
    expect(healthChanges).toEqual(['a open']);
    calls.length = 0;
    await outcome();
    expect(calls).toEqual(['b']);
    clock.advance(5_000);
    await outcome();
    await outcome();
    expect(calls).toEqual(['b', 'a', 'a']);
    expect(healthChanges).toEqual(['a open', 'a closed']);
  });

  it('fail with no_healthy_upstream if none is available', async () => {
    const { calls, outcome } = setUp({ scripts: { a: [{ status: 500 }] }, maxAttempts: 1 });
    for (let count = 0; count < 5; count++) await outcome();
    calls.length = 0;
    const quota = setUp({ scripts: { a: [{ status: 429, headers: ['retry-after', '60'] }] } });
    expect(await quota.outcome()).toMatchObject({ status: 429 });
    expect(await quota.outcome()).toBe('no_healthy_upstream');
    expect(quota.calls).toEqual(['a']);
  });

  it('retry only a share of all calls if everything fails', async () => {
    const { calls, outcome } = setUp({
      scripts: { a: [{ status: 409 }], b: [{ status: 409 }] },
      maxAttempts: 2,
    });
    for (let count = 0; count < 100; count++) await outcome();
    expect(calls.length).toBeLessThanOrEqual(100 + 20 + 20);
    expect(calls.length).toBeGreaterThan(120);
  });

  it('time out if they do not respond', async () => {
    const { calls, outcome } = setUp({
      scripts: { a: ['hangs'], b: [OK] },
      options: { a: { headersTimeoutMs: 1_000 } },
    });
    expect(await outcome()).toMatchObject({ status: 200, by: 'b' });
    expect(calls).toEqual(['a', 'b']);
  });

  it('are not called after the client disconnects', async () => {
    const { calls, ask, endpoints } = setUp({ scripts: { a: ['hangs'], b: [OK] } });
    const aborting = new AbortController();
    const response = ask(BODY, aborting.signal);
    aborting.abort(new Error('client left'));
    await expect(response).rejects.toThrow('aborted');
    expect(calls).toEqual(['a']);
    expect(endpoints[0]?.breaker.failures).toBe(0);
  });
});
