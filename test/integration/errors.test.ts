// Everything that goes wrong before, at or behind the door, seen from outside: one envelope, one
// request id in header and body, a status that clients treat as they should.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairsOf } from '../../shared/runtime/raw-headers.ts';
import { createKey } from '../../shared/keys.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw, type RawRequest } from '../kit/raw-client.ts';
import { sendText, type TextResponse } from '../kit/raw-socket.ts';
import { freePort } from '../kit/servers.ts';

const BODY_BYTES_MAX = 10_000;
const HELLO = '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]}';
const JSON_TYPE = ['content-type', 'application/json'];

let gateway: Gateway;
beforeAll(async () => {
  const env = { LLMP_BODY_BYTES_MAX: String(BODY_BYTES_MAX), LLMP_MODELS: 'model-a,model-b' };
  gateway = await startGateway({ bus: 'embedded', env });
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** In place of the right one; null for none. */
  readonly key?: string | null;
}

async function ask(request: Ask, { url, key }: Gateway = gateway): Promise<TextResponse> {
  const { method = 'POST', path = '/v1/messages', headers = JSON_TYPE, body } = request;
  const credential = request.key === null ? [] : ['x-api-key', request.key ?? key];
  const raw: RawRequest = { method, path, headers: [...credential, ...headers] };
  const reply = await sendRaw(url, body === undefined ? raw : { ...raw, body: Buffer.from(body) });
  const pairs = Array.from(pairsOf(reply.rawHeaders), ([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ]);
  return { status: reply.status, headers: new Map(pairs), body: reply.body.toString() };
}

interface RetrievalStatus {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  /** Value of `x-should-retry`. */
  readonly retry: string | undefined;
}

/** Checks the form every error has, and gives what this one says. */
function said({ status, headers, body }: TextResponse): RetrievalStatus {
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
  const id = headers.get('request-id');
  expect(id).toMatch(/^req_\w{24}$/);
  const envelope = JSON.parse(body);
  const { type, message, details } = envelope.error;
  expect(envelope).toEqual({
    type: 'error',
    error: { type: expect.any(String), message: expect.any(String), details },
    request_id: id,
  });
  return { status, type, code: details.error_code, message, retry: headers.get('x-should-retry') };
}

const BAD_JSON = { status: 400, type: 'invalid_request_error', code: 'invalid_json' };
const INVALID = { status: 400, type: 'invalid_request_error', code: 'invalid_request' };
const REJECTED = {
  status: 401,
  type: 'authentication_error',
  code: 'invalid_api_key',
  retry: 'false',
};
const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'not_found' };
const TOO_LARGE = { status: 413, type: 'request_too_large', code: 'request_too_large' };
const CONTENT_TYPE = { status: 415, type: 'invalid_request_error', code: 'unsupported_media_type' };
const UNREACHABLE = { status: 502, type: 'api_error', code: 'upstream_unreachable' };

describe('a request that is refused', () => {
  it.each<[string, Ask, Partial<RetrievalStatus>]>([
    ['JSON that breaks off', { body: HELLO.slice(0, -1) }, BAD_JSON],
    ['a field of the wrong type', { body: HELLO.replace('1', '"1"') }, INVALID],
    ['an empty body', { body: '' }, BAD_JSON],
    ['no body, but a content type', {}, BAD_JSON],
    ['neither body nor content type', { headers: [] }, CONTENT_TYPE],
    ['a body without content type', { headers: [], body: HELLO }, CONTENT_TYPE],
    ['text', { headers: ['content-type', 'text/plain'], body: HELLO }, CONTENT_TYPE],
    [
      'a form',
      { headers: ['content-type', 'multipart/form-data; boundary=x'], body: HELLO },
      CONTENT_TYPE,
    ],
    [
      'a content type that is none',
      { headers: ['content-type', '///'], body: HELLO },
      CONTENT_TYPE,
    ],
    ['gzip', { headers: [...JSON_TYPE, 'content-encoding', 'gzip'], body: HELLO }, CONTENT_TYPE],
    ['a body too large by its length', { body: Buffer.alloc(BODY_BYTES_MAX + 1, ' ') }, TOO_LARGE],
    [
      'a body that turns out too large',
      { headers: [...JSON_TYPE, 'transfer-encoding', 'chunked'], body: Buffer.alloc(50_000, ' ') },
      TOO_LARGE,
    ],
    ['JSON that breaks off, to count', { path: '/v1/messages/count_tokens', body: '{' }, BAD_JSON],
    ['an unknown path under /v1', { path: '/v1/complete', body: HELLO }, NOT_FOUND],
    ['a path below a known one', { path: '/v1/messages/batches', body: HELLO }, NOT_FOUND],
    ['an unknown path elsewhere', { path: '/robots.txt', method: 'GET', key: null }, NOT_FOUND],
    ['the wrong method', { method: 'GET', headers: [] }, NOT_FOUND],
    ['DELETE', { method: 'DELETE', headers: [] }, NOT_FOUND],
    ['an uncommon method', { method: 'PROPFIND', headers: [] }, NOT_FOUND],
    ['a path with broken escapes', { path: '/v1/models/%zz', method: 'GET' }, NOT_FOUND],
    ['a model that is not there', { path: '/v1/models/model-c', method: 'GET' }, NOT_FOUND],
    ['a page that is none', { path: '/v1/models?limit=0', method: 'GET' }, INVALID],
    ['no key', { key: null, body: HELLO }, REJECTED],
    ['no key, on an unknown path', { key: null, path: '/v1/complete', body: HELLO }, NOT_FOUND],
    ['an unknown key', { key: createKey(), body: HELLO }, REJECTED],
    ['a key of another kind', { key: 'sk-ant-api03-00', body: HELLO }, REJECTED],
  ])('for %s gets the envelope', async (_, request, expected) => {
    expect(said(await ask(request))).toEqual({
      retry: undefined,
      message: expect.any(String),
      ...expected,
    });
  });

  it('names the field that is wrong, and quotes nothing', async () => {
    const { message } = said(await ask({ body: '{"model":7,"max_tokens":1,"messages":"canary"}' }));
    expect(message).toBe('model: Input should be a string; messages: Input should be an array');
  });

  it('is not read to its end when its key is wrong', async () => {
    const head = [
      'POST /v1/messages HTTP/1.1',
      'host: x',
      'content-type: application/json',
      'content-length: 9999',
    ];
    const reply = await sendText(gateway.url, `${head.join('\r\n')}\r\n\r\n{`);
    expect(said(reply)).toMatchObject(REJECTED);
    expect(reply.headers.get('connection')).toBe('close');
  });

  it.each(['/%76%31/models', '/v%31/models/model-a', 'http://gateway.test/v1/models'])(
    'needs its key also when it writes the path as %s',
    async (path) => {
      const { status } = await ask({ method: 'GET', path, headers: [], key: null });
      expect([401, 404]).toContain(status);
    },
  );
});

describe('bytes that are no request', () => {
  it.each([
    ['no HTTP', 'NONSENSE\r\n\r\n', INVALID],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      INVALID,
    ],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: x\r\n: canary\r\n\r\n', INVALID],
    ['no host', 'GET /v1/models HTTP/1.1\r\n\r\n', INVALID],
    [
      'headers too large',
      `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(70_000)}\r\n\r\n`,
      { status: 431, type: 'invalid_request_error', code: 'headers_too_large' },
    ],
  ])('get the envelope: %s', async (_, text, expected) => {
    const reply = await sendText(gateway.url, text);
    expect(said(reply)).toMatchObject(expected);
    expect(reply.headers.get('connection')).toBe('close');
    expect(reply.body).not.toContain('canary');
  });

  it('get the envelope when they come inside a body', async () => {
    const lines = [
      'POST /v1/messages HTTP/1.1',
      'host: x',
      `x-api-key: ${gateway.key}`,
      'content-type: application/json',
      'transfer-encoding: chunked',
    ];
    const reply = await sendText(gateway.url, `${lines.join('\r\n')}\r\n\r\nnot a length\r\n`);
    expect(said(reply)).toMatchObject(INVALID);
  });

  it('do not keep the door from serving the next request', async () => {
    await sendText(gateway.url, 'NONSENSE\r\n\r\n');
    expect((await ask({ body: HELLO })).status).toBe(200);
  });
});

describe('an upstream where nobody listens', () => {
  let alone: Gateway;
  beforeAll(async () => {
    const upstreamUrl = `http://127.0.0.1:${await freePort()}`;
    alone = await startGateway({ bus: 'embedded', upstreamUrl });
  });
  afterAll(() => alone[Symbol.asyncDispose]());

  it.each<[string, Ask]>([
    ['a message', { body: HELLO }],
    ['a stream', { body: HELLO.replace('{', '{"stream":true,') }],
    ['a count', { path: '/v1/messages/count_tokens', body: HELLO }],
    ['the models', { path: '/v1/models', method: 'GET', headers: [] }],
  ])('fails %s with 502, which clients may try again', async (_, request) => {
    expect(said(await ask(request, alone))).toMatchObject({ ...UNREACHABLE, retry: undefined });
  });
});

describe('a client that is slow to send', () => {
  it('is told so when its time is over', async () => {
    await using slow = await startGateway({
      bus: 'embedded',
      replaced: { limits: { requestArrivalMs: 200 } },
    });
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${slow.key}\r\n`;
    const text = `${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{"half`;
    expect(said(await sendText(slow.url, text))).toMatchObject({
      status: 408,
      type: 'timeout_error',
      code: 'request_timeout',
    });
  });
});
