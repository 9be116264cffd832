// Requests written by hand, as no library would send them: which path reaches the upstream, what is
// answered before a body is read, and that every answer is the gateway's own.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { sendText, type TextResponse } from '../kit/raw-socket.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const PAGE = 'https://chat.example.com';
const BODY = '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}';
/** More than any socket takes at once; the clients of this file send none of it. */
const UNSENT_BYTES = 31 * 1024 * 1024;

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(() => ({
    status: 200,
    headers: ['content-type', 'application/json', 'content-length', '2'],
    chunks: [Buffer.from('{}')],
  }));
});
afterAll(() => upstream[Symbol.asyncDispose]());

const start = (bus: (typeof BOTH_BUSES)[number]) =>
  startGateway({
    bus,
    upstreamUrl: `${upstream.url}/base`,
    env: { LLMP_ADMIN_TOKEN: TOKEN, LLMP_CORS_ORIGINS: PAGE },
  });

interface Sent {
  readonly headers?: readonly string[];
  readonly body?: string;
  /** `null` sends no credential. */
  readonly credential?: string | null;
  readonly host?: readonly string[];
}

function textOf({ key }: Gateway, startLine: string, sent: Sent = {}): string {
  const { headers = [], body = '', credential = key, host = ['host: gateway.test'] } = sent;
  const length = /^content-length|^transfer-encoding/im.test(headers.join('\n'));
  const lines = [
    `${startLine} HTTP/1.1`,
    ...host,
    ...(credential === null ? [] : [`x-api-key: ${credential}`]),
    'content-type: application/json',
    ...(length ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const CLOSE = ['connection: close'];

function codeOf({ headers, body }: TextResponse): string {
  const { error, request_id: id } = JSON.parse(body);
  expect(headers.get('request-id')).toBe(id);
  expect(id).toMatch(/^req_\w{24}$/);
  return error.details.error_code;
}

describe.each(BOTH_BUSES)('a gateway on the %s bus', (bus) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start(bus);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each([
    ['POST /v1/messages?beta=true', '/base/v1/messages?beta=true'],
    ['POST http://attacker.test/v1/messages', '/base/v1/messages'],
    ['POST HTTPS://a:b@attacker.test:9/v1/messages?c=d', '/base/v1/messages?c=d'],
    ['POST http:///v1/messages', '/base/v1/messages'],
    ['POST /v1/%6dessages', '/base/v1/messages'],
    ['POST /v1/messages?a=/../files&b=http://c', '/base/v1/messages?a=/../files&b=http://c'],
    ['GET /v1/models', '/base/v1/models'],
    ['GET http://attacker.test/v1/models/m', '/base/v1/models/m'],
    ['GET /v1/models/claude%2dx:1', '/base/v1/models/claude-x:1'],
    ['GET /v1/models/a%2Fb', '/base/v1/models/a%2Fb'],
  ])('calls the upstream for %s at %s', async (startLine, expected) => {
    const body = startLine.startsWith('POST') ? BODY : '';
    const { status } = await sendText(
      gateway.url,
      textOf(gateway, startLine, { headers: CLOSE, body }),
    );
    expect([status, upstream.requests.at(-1)?.url]).toEqual([200, expected]);
  });

  it.each([
    ['POST //v1/messages', 404],
    ['POST //attacker.test/v1/messages', 404],
    ['POST http://attacker.test//v1/messages', 404],
    ['POST ftp://attacker.test/v1/messages', 404],
    ['POST /v1//messages', 404],
    ['POST /v1/./messages', 404],
    ['POST /v1/models/../messages', 404],
    ['POST /v1%2fmessages', 404],
    ['POST /v1/messages;a=b', 404],
    ['POST /v1/messages%3Fa=b', 404],
    ['POST /v1/messages%2f..%2ffiles', 404],
    ['POST /v1/messages#a', 400],
    ['POST /v1/messages?a=b#c', 400],
    ['GET /v1/models/..%2Ffiles', 404],
    ['GET /v1/models/..', 404],
    ['GET /v1/models/%2e%2e', 404],
    ['GET /v1/models/%252e%252e%252ffiles', 404],
    ['GET /v1/models/..%5cfiles', 404],
    ['GET /v1/models/m;a', 404],
    ['GET /v1/models/m%3Fa=b', 404],
    ['GET /v1/models/m%23a', 404],
    ['GET /v1/models/m%0d%0aa:b', 404],
    ['GET /v1/models/%ff', 404],
    ['GET /v1/models/', 404],
    [`GET /v1/models/${'m'.repeat(257)}`, 404],
    [`GET /v1/models/${'m'.repeat(60_000)}`, 404],
    [`GET /${'m'.repeat(60_000)}`, 404],
  ])('asks no upstream for %s', async (startLine, expected) => {
    const before = upstream.requests.length;
    const body = startLine.startsWith('POST') ? BODY : '';
    const response = await sendText(
      gateway.url,
      textOf(gateway, startLine, { headers: CLOSE, body }),
    );
    expect(response.status).toBe(expected);
    expect(codeOf(response)).toBe(expected === 404 ? 'not_found' : 'invalid_request');
    expect(upstream.requests).toHaveLength(before);
  });

  it.each(['/v1/messages', '/v1/messages/count_tokens'])(
    'refuses for %s a model with a name of more than 256 characters',
    async (path) => {
      for (const chars of [257, 1_100_000]) {
        const body = BODY.replace('"m"', `"${'m'.repeat(chars)}"`);
        const text = textOf(gateway, `POST ${path}`, { headers: CLOSE, body });
        const response = await sendText(gateway.url, text);
        expect([response.status, codeOf(response)]).toEqual([400, 'invalid_request']);
        expect(response.body).toContain('model: Must have at most 256 characters');
      }
      const body = BODY.replace('"m"', `"${'m'.repeat(256)}"`);
      const text = textOf(gateway, `POST ${path}`, { headers: CLOSE, body });
      expect((await sendText(gateway.url, text)).status).toBe(200);
    },
  );
});

describe('a gateway', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await start('embedded');
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const unsent = [`content-length: ${UNSENT_BYTES}`];
  const preflight = [`origin: ${PAGE}`, 'access-control-request-method: POST'];

  it.each<[string, number, Sent]>([
    ['POST /nope', 404, { headers: unsent }],
    ['POST /v1/models/%ff', 404, { headers: unsent }],
    ['POST /v1/messages', 401, { headers: unsent, credential: null }],
    ['POST /v1/messages', 401, { headers: ['transfer-encoding: chunked'], credential: 'llmp_a' }],
    ['POST /v1/messages', 413, { headers: [`content-length: ${UNSENT_BYTES * 2}`] }],
    ['POST /v1/messages', 417, { headers: [...unsent, 'expect: 200-maybe'] }],
    ['POST /v1/messages', 400, { headers: ['transfer-encoding: gzip, chunked'] }],
    ['POST /v1/messages', 400, { headers: unsent, host: [] }],
    ['POST /v1/messages', 400, { headers: unsent, host: ['host: a', 'Host: b'] }],
    ['PUT /v1/messages', 405, { headers: unsent }],
    ['POST /admin/keys', 401, { headers: unsent }],
    ['PUT /admin/keys', 405, { headers: unsent }],
    ['GET /v1/models', 200, { headers: unsent }],
    ['GET /healthz', 200, { headers: unsent }],
    ['OPTIONS /v1/messages', 204, { headers: [...unsent, ...preflight] }],
  ])('answers %s with %i before the body, and closes', async (startLine, status, sent) => {
    const response = await sendText(gateway.url, textOf(gateway, startLine, sent));
    expect(response.status).toBe(status);
    expect(response.headers.get('connection')).toBe('close');
    if (status >= 400) codeOf(response);
  });

  it('lets a client read its error that is still sending', async () => {
    const lingerMs = 60_000;
    await using patient = await startGateway({
      bus: 'embedded',
      // Its connections linger for longer than it may drain.
      env: { LLMP_DRAIN_MS: '1' },
      replaced: { limits: { http: { lingerMs } } },
    });
    const body = Buffer.alloc(UNSENT_BYTES, ' ');
    const headers = { 'content-type': 'application/json' };
    for (const [path, status] of [
      ['/v1/messages', 401],
      ['/nope', 404],
      ['/v1/models/%ff', 404],
      ['/v1/models', 405],
    ] as const) {
      for (let time = 0; time < 5; time++) {
        const response = await fetch(patient.url + path, { method: 'POST', headers, body });
        expect([path, response.status]).toEqual([path, status]);
        await response.body?.cancel();
      }
    }
  });

  it.each<[string, number, Sent]>([
    ['POST /v1/messages', 401, { credential: null }],
    ['POST /nope', 404, {}],
    ['PUT /v1/messages', 405, {}],
  ])('does not invite the body of %s, which gets %i', async (startLine, status, sent) => {
    const headers = ['expect: 100-continue', 'content-length: 9'];
    const response = await sendText(gateway.url, textOf(gateway, startLine, { ...sent, headers }));
    expect(response.status).toBe(status);
  });

  it('invites the body of a request with a key', async () => {
    const headers = ['expect: 100-continue', `content-length: ${BODY.length}`, ...CLOSE];
    const sent = textOf(gateway, 'POST /v1/messages', { headers, body: BODY });
    const { status, body } = await sendText(gateway.url, sent);
    expect(status).toBe(100);
    expect(body).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it.each([
    ['CONNECT /v1/messages', 405, 'POST, OPTIONS'],
    ['CONNECT attacker.test:443', 404, undefined],
    ['PUT http://attacker.test/v1/messages', 405, 'POST, OPTIONS'],
    ['TRACE /v1/models/m', 405, 'GET, HEAD, OPTIONS'],
    ['PATCH /admin/keys/k/revoke', 405, 'POST, OPTIONS'],
  ])('answers %s with %i', async (startLine, status, allow) => {
    const response = await sendText(gateway.url, textOf(gateway, startLine, { headers: CLOSE }));
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    codeOf(response);
  });

  it.each([
    ['OPTIONS /v1/messages', 'POST, OPTIONS'],
    ['OPTIONS /v1/models', 'GET, HEAD, OPTIONS'],
    ['OPTIONS /admin/keys', 'GET, HEAD, POST, OPTIONS'],
    ['OPTIONS /readyz', 'GET, HEAD, OPTIONS'],
  ])('answers %s with the methods that the path has', async (startLine, allow) => {
    const { status, headers, body } = await sendText(
      gateway.url,
      textOf(gateway, startLine, { headers: CLOSE, credential: null }),
    );
    expect([status, headers.get('allow'), body]).toEqual([204, allow, '']);
  });

  it.each([
    ['HEAD /healthz', 200],
    ['HEAD /v1/models', 200],
    ['HEAD /admin/keys', 401],
  ])('answers %s with the head of its GET', async (startLine, status) => {
    const sent = textOf(gateway, startLine, { headers: CLOSE });
    const response = await sendText(gateway.url, sent);
    expect([response.status, response.body]).toEqual([status, '']);
    expect(response.headers.get('content-type')).toMatch(/json/);
  });

  it.each(['PUT /admin/keys', 'OPTIONS /admin/keys', 'GET /admin/usage'])(
    'opens %s to no page, errors included',
    async (startLine) => {
      const headers = [...CLOSE, ...preflight];
      const { headers: received } = await sendText(
        gateway.url,
        textOf(gateway, startLine, { headers }),
      );
      expect([...received.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  it('responds to a request before it complains about what follows', async () => {
    const text = `${textOf(gateway, 'POST /v1/messages', { body: BODY })}NONSENSE\r\n\r\n`;
    const { status, body } = await sendText(gateway.url, text);
    expect(status).toBe(200);
    expect(body).toMatch(/^\{\}HTTP\/1\.1 400 Bad Request\r\n/);
  });

  it('keeps the connection of a request without a body', async () => {
    const first = textOf(gateway, 'GET /nope', { credential: null });
    const last = textOf(gateway, 'GET /healthz', { headers: CLOSE });
    const { status, body } = await sendText(gateway.url, first + last);
    expect(status).toBe(404);
    expect(body).toContain('HTTP/1.1 200 OK');
  });

  it('takes the admin token from either header', async () => {
    const headers = [`authorization: Bearer ${TOKEN}`, ...CLOSE];
    const { status } = await sendText(gateway.url, textOf(gateway, 'GET /admin/keys', { headers }));
    expect(status).toBe(200);
  });
});
