// The health server of a process without the ingress says the same as the ingress.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHealth } from '../../../services/host/open-health.ts';
import type { Listener } from '../../../services/host/listener.ts';

let stack: AsyncDisposableStack;
let health: Listener;
let isConnected = true;
beforeEach(async () => {
  isConnected = true;
  stack = new AsyncDisposableStack();
  const bus = { connected: () => isConnected };
  health = await openHealth({ health: { host: '127.0.0.1', port: 0 } }, bus, stack);
});
afterEach(() => stack.disposeAsync());

async function ask(path: string, method = 'GET') {
  const response = await fetch(health.url + path, { method });
  const text = await response.text();
  return {
    status: response.status,
    allow: response.headers.get('allow'),
    body: text === '' ? '' : (JSON.parse(text) as unknown),
  };
}

it('is ready while the bus is connected and the process runs', async () => {
  expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  isConnected = false;
  const reasons = ['the bus is not connected'];
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    body: { status: 'not ready', reasons },
  });
  health.reportNotReady();
  const stopping = { status: 'not ready', reasons: ['this process is shutting down'] };
  expect(await ask('/readyz')).toMatchObject({ status: 503, body: stopping });
  expect(await ask('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
});

it.each([
  ['HEAD', 200, null],
  ['OPTIONS', 204, 'GET, HEAD, OPTIONS'],
])('answers %s with %i and no body', async (method, status, allow) => {
  expect(await ask('/readyz', method)).toEqual({ status, allow, body: '' });
});

it.each([
  ['/healthz', 'POST', 405, 'GET, HEAD, OPTIONS', 'method_not_allowed'],
  ['/nothing', 'GET', 404, null, 'not_found'],
])('answers %s %s with %i', async (path, method, status, allow, code) => {
  const body = { type: 'error', error: { details: { error_code: code } } };
  expect(await ask(path, method)).toMatchObject({ status, allow, body });
});
