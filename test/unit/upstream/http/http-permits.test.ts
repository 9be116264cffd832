// Which calls of the HTTP transport count as made: only a request that may have been read can cost something.

import { afterEach, describe, expect, it } from 'vitest';
import { createCheckedTransport } from '../../../../services/upstream/http/checked-transport.ts';
import { createHttpTransport } from '../../../../services/upstream/http/http.ts';
import { limits } from '../../../../shared/limits.ts';
import type { CallPermits } from '../../../../shared/protocol/stage.ts';
import { systemClock } from '../../../../shared/runtime/clock.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { startScriptedUpstream, type ScriptedResponse } from '../../../kit/scripted-upstream.ts';
import { freePort } from '../../../kit/servers.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** Calls `url` once and returns what became of the permit. */
async function permitAfterCall(url: string, next = () => Promise.resolve()) {
  const steps: string[] = [];
  const calls: CallPermits = {
    askAhead() {},
    ready: () => Promise.resolve(),
    async next() {
      await next();
      steps.push('counted');
    },
    settled: () => void steps.push('settled'),
    mayRepeat: true,
  };
  const http = stack.use(createHttpTransport({ url, connectTimeoutMs: 1_000 }));
  const options = { clock: systemClock, limits: limits.upstream, holdsHead: false };
  const request = { method: 'POST', path: '/v1/messages', headers: [], calls } as const;
  const { signal } = new AbortController();
  await createCheckedTransport(
    http,
    options,
  )({ ...request, body: requestBodyOf('{}'), signal }).then(
    ({ body }) => Array.fromAsync(body),
    () => undefined,
  );
  return steps;
}

async function urlOf(response: ScriptedResponse): Promise<string> {
  return stack.use(await startScriptedUpstream(() => response)).url;
}

function json(status: number, text: string): ScriptedResponse {
  return { status, headers: ['content-type', 'application/json'], chunks: [Buffer.from(text)] };
}

describe('a permitted call', () => {
  it('is not made without its permit', async () => {
    const upstream = stack.use(await startScriptedUpstream(() => json(200, '{}')));
    const refused = () => Promise.reject(new Error('the attempt was given up'));
    expect(await permitAfterCall(upstream.url, refused)).toEqual([]);
    expect(upstream.requests).toEqual([]);
  });

  it('that was never sent is settled', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await permitAfterCall(url)).toEqual(['counted', 'settled']);
    expect(await permitAfterCall('http://no-such-host.invalid')).toEqual(['counted', 'settled']);
  });

  it.each([
    ['an error', json(529, '{"type":"error","error":{"type":"overloaded_error","message":""}}')],
    ['a redirect', { status: 302, headers: ['location', '/'], chunks: [] }],
    ['a page', { status: 200, headers: [], chunks: [Buffer.from('<!doctype html><html>')] }],
  ])('that was answered with %s is settled', async (_, response) => {
    expect(await permitAfterCall(await urlOf(response))).toEqual(['counted', 'settled']);
  });

  it.each<[string, ScriptedResponse]>([
    ['breaks before its response', { status: 200, headers: [], chunks: ['cut'] }],
    ['is answered with a success', json(200, '{"type":"message"}')],
  ])('that %s is left to its caller', async (_, response) => {
    expect(await permitAfterCall(await urlOf(response))).toEqual(['counted']);
  });
});
