// Pages of the configured origins call the API from a browser: preflights, responses, streams and errors.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

const PAGE = 'https://chat.example.com';
const OTHER = 'https://evil.example.com';
const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const SDK_HEADERS =
  'anthropic-dangerous-direct-browser-access,anthropic-version,authorization,content-type';
const BODY = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] };

let upstream: ScriptedUpstream;
beforeAll(async () => {
  const event = Buffer.from(
    'event: message_start\ndata: {"type":"message_start","message":{"content":[],"usage":{"input_tokens":1}}}\n\n' +
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  );
  upstream = await startScriptedUpstream(({ url, body }) => {
    const isStream = body.includes('"stream":true');
    return {
      status: url.includes('fails') ? 400 : 200,
      headers: [
        'content-type',
        isStream ? 'text/event-stream' : 'application/json',
        'access-control-allow-origin',
        '*',
        'Access-Control-Allow-Credentials',
        'true',
      ],
      chunks: [isStream ? event : Buffer.from('{}')],
    };
  });
});
afterAll(() => upstream[Symbol.asyncDispose]());

const startWith = (LLMP_CORS_ORIGINS?: string) =>
  startGateway({
    bus: 'embedded',
    upstreamUrl: upstream.url,
    env: { LLMP_ADMIN_TOKEN: TOKEN, ...(LLMP_CORS_ORIGINS ? { LLMP_CORS_ORIGINS } : {}) },
  });

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

async function call({ url, key }: Gateway, { method, path, headers, body }: Call) {
  const response = await fetch(url + (path ?? '/v1/messages'), {
    method: method ?? 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const cors = [...response.headers].filter(([name]) => /^(access-control-|vary)/.test(name));
  return {
    status: response.status,
    cors: Object.fromEntries(cors),
    headers: response.headers,
    text,
  };
}

const preflight = (gateway: Gateway, origin: string, path = '/v1/messages', wanted = SDK_HEADERS) =>
  call(gateway, {
    method: 'OPTIONS',
    path,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': wanted,
    },
  });

describe('a gateway with allowed origins', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startWith(`${PAGE}, http://localhost:5173`);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each([PAGE, 'http://localhost:5173'])('answers a preflight of %s', async (origin) => {
    const { status, cors, text, headers } = await preflight(gateway, origin);
    expect([status, text]).toEqual([204, '']);
    expect(cors).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': SDK_HEADERS,
      'access-control-max-age': '7200',
      'access-control-expose-headers': expect.stringContaining('request-id'),
      vary: 'origin, access-control-request-headers',
    });
    expect(headers.get('request-id')).toMatch(/^req_/);
  });

  it('needs no key for a preflight', async () => {
    const headers = { origin: PAGE, 'access-control-request-method': 'GET' };
    const response = await fetch(`${gateway.url}/v1/models/a`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD');
  });

  it.each<[string, Call, number]>([
    ['a response', { body: BODY }, 200],
    ['a stream', { body: { ...BODY, stream: true } }, 200],
    ['a list of models', { method: 'GET', path: '/v1/models' }, 200],
    ["an upstream's error", { path: '/v1/messages?fails', body: BODY }, 400],
    ['an invalid request', { body: {} }, 400],
    ['an invalid key', { headers: { 'x-api-key': createKey() }, body: BODY }, 401],
    ['an unknown path', { path: '/v1/complete', body: BODY }, 404],
    ['an invalid path', { path: '/v1/models/%zz', method: 'GET' }, 404],
    ['a wrong method', { method: 'PUT', body: BODY }, 405],
    ['a wrong content type', { headers: { 'content-type': 'text/plain' }, body: BODY }, 415],
  ])('lets the page read %s', async (_, request, status) => {
    const headers = { origin: PAGE, ...request.headers };
    const response = await call(gateway, { ...request, headers });
    expect(response.status).toBe(status);
    expect(response.cors).toEqual({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringMatching(/^\*, request-id, .*x-llmp-scrubbed/),
      vary: 'origin',
    });
  });

  it.each([OTHER, 'null', `${PAGE}:8443`, 'http://chat.example.com', `${PAGE}.evil.com`])(
    'lets the page of %s read nothing',
    async (origin) => {
      expect((await call(gateway, { headers: { origin }, body: BODY })).cors).toEqual({
        vary: 'origin',
      });
      const { status, cors, headers } = await preflight(gateway, origin);
      expect([status, cors]).toEqual([405, { vary: 'origin' }]);
      expect(headers.get('allow')).toBe('POST, OPTIONS');
    },
  );

  it('opens the admin API to no page', async () => {
    const { status, headers, cors } = await preflight(gateway, PAGE, '/admin/keys');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
    expect(cors).not.toHaveProperty('access-control-allow-methods');
    const path = '/admin/keys';
    const list = { method: 'GET', path, headers: { origin: PAGE, 'x-api-key': TOKEN } };
    expect(await call(gateway, list)).toMatchObject({ status: 200, cors: {} });
  });

  it('does not tell the upstream which page asks', async () => {
    await call(gateway, { headers: { origin: PAGE, referer: `${PAGE}/ann` }, body: BODY });
    expect(JSON.stringify(upstream.requests.at(-1)?.rawHeaders)).not.toContain('chat.example.com');
  });
});

describe('a gateway that allows every origin', () => {
  it('says so, whatever the page', async () => {
    await using gateway = await startWith('*');
    for (const origin of [PAGE, OTHER, 'null']) {
      expect((await preflight(gateway, origin)).status).toBe(204);
      const { cors } = await call(gateway, { headers: { origin }, body: BODY });
      expect(cors).toEqual({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': expect.stringContaining('*'),
      });
    }
  });
});

describe('a gateway without allowed origins', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startWith();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('lets no page read a response, whatever the upstream says', async () => {
    const { status, cors } = await call(gateway, { headers: { origin: PAGE }, body: BODY });
    expect([status, cors]).toEqual([200, {}]);
  });

  it.each([
    ['/v1/messages', 'POST, OPTIONS'],
    ['/v1/messages/count_tokens', 'POST, OPTIONS'],
    ['/v1/models', 'GET, HEAD, OPTIONS'],
    ['/v1/models/claude', 'GET, HEAD, OPTIONS'],
    ['/healthz', 'GET, HEAD, OPTIONS'],
    ['/', 'HEAD, OPTIONS'],
    ['/admin/keys', 'GET, HEAD, POST, OPTIONS'],
    ['/admin/collections/a', 'GET, HEAD, POST, DELETE, OPTIONS'],
  ])('refuses a preflight of %s with the methods that it has: %s', async (path, allow) => {
    const { status, headers, cors, text } = await preflight(gateway, PAGE, path);
    expect([status, headers.get('allow'), cors]).toEqual([405, allow, {}]);
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', details: { error_code: 'method_not_allowed' } },
      request_id: headers.get('request-id'),
    });
  });
});
