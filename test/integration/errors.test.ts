// Errors as clients see them: always Anthropic's envelope, the same request id in header and body,
// and a status that clients handle correctly.

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

interface TestRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Replaces the valid key; null sends none. */
  readonly key?: string | null;
}

async function send(request: TestRequest, { url, key }: Gateway = gateway): Promise<TextResponse> {
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

interface ErrorFacts {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  /** Value of `x-should-retry`. */
  readonly retry: string | undefined;
}

/** Checks the format common to all errors and returns the facts of this one. */
function errorOf({ status, headers, body }: TextResponse): ErrorFacts {
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

const INVALID_JSON = { status: 400, type: 'invalid_request_error', code: 'invalid_json' };
const INVALID = { status: 400, type: 'invalid_request_error', code: 'invalid_request' };
const INVALID_KEY = {
  status: 401,
  type: 'authentication_error',
  code: 'invalid_api_key',
  retry: 'false',
};
const NOT_ALLOWED = {
  status: 405,
  type: 'invalid_request_error',
  code: 'method_not_allowed',
};
const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'not_found' };
const TOO_LARGE = { status: 413, type: 'request_too_large', code: 'request_too_large' };
const UNSUPPORTED_TYPE = {
  status: 415,
  type: 'invalid_request_error',
  code: 'unsupported_media_type',
};
const UNREACHABLE = { status: 502, type: 'api_error', code: 'upstream_unreachable' };

describe('a rejected request', () => {
  it.each<[string, TestRequest, Partial<ErrorFacts>]>([
    ['truncated JSON', { body: HELLO.slice(0, -1) }, INVALID_JSON],
    ['a field of the wrong type', { body: HELLO.replace('1', '"1"') }, INVALID],
    ['an empty body', { body: '' }, INVALID_JSON],
    ['no body, but a content type', {}, INVALID_JSON],
    ['neither body nor content type', { headers: [] }, UNSUPPORTED_TYPE],
    ['a body without content type', { headers: [], body: HELLO }, UNSUPPORTED_TYPE],
    ['text', { headers: ['content-type', 'text/plain'], body: HELLO }, UNSUPPORTED_TYPE],
    [
      'a form',
      { headers: ['content-type', 'multipart/form-data; boundary=x'], body: HELLO },
      UNSUPPORTED_TYPE,
    ],
    [
      'an invalid content type',
      { headers: ['content-type', '///'], body: HELLO },
      UNSUPPORTED_TYPE,
    ],
    [
      'gzip',
      { headers: [...JSON_TYPE, 'content-encoding', 'gzip'], body: HELLO },
      UNSUPPORTED_TYPE,
    ],
    [
      'a content-length that is too large',
      { body: Buffer.alloc(BODY_BYTES_MAX + 1, ' ') },
      TOO_LARGE,
    ],
    [
      'a chunked body that is too large',
      { headers: [...JSON_TYPE, 'transfer-encoding', 'chunked'], body: Buffer.alloc(50_000, ' ') },
      TOO_LARGE,
    ],
    [
      'truncated JSON for count_tokens',
      { path: '/v1/messages/count_tokens', body: '{' },
      INVALID_JSON,
    ],
    ['an unknown path under /v1', { path: '/v1/nothing', body: HELLO }, NOT_FOUND],
    ['a path below a known one', { path: '/v1/messages/count', body: HELLO }, NOT_FOUND],
    ['an unknown path elsewhere', { path: '/robots.txt', method: 'GET', key: null }, NOT_FOUND],
    ['text for an unknown path', { path: '/v1/nothing', headers: [], body: 'x' }, NOT_FOUND],
    ['an uncommon method for one', { path: '/v1/nothing', method: 'PROPFIND' }, NOT_FOUND],
    ['the wrong method', { method: 'GET', headers: [] }, NOT_ALLOWED],
    ['the wrong method without a key', { method: 'GET', headers: [], key: null }, NOT_ALLOWED],
    ['the wrong method and text', { method: 'PUT', headers: [], body: 'x' }, NOT_ALLOWED],
    ['DELETE', { method: 'DELETE', headers: [] }, NOT_ALLOWED],
    ['an uncommon method', { method: 'PROPFIND', headers: [] }, NOT_ALLOWED],
    ['a path with invalid escapes', { path: '/v1/models/%zz', method: 'GET' }, NOT_FOUND],
    ['an unknown model', { path: '/v1/models/model-c', method: 'GET' }, NOT_FOUND],
    ['an invalid page size', { path: '/v1/models?limit=0', method: 'GET' }, INVALID],
    ['no key', { key: null, body: HELLO }, INVALID_KEY],
    ['no key on an unknown path', { key: null, path: '/v1/nothing', body: HELLO }, NOT_FOUND],
    ['an unknown key', { key: createKey(), body: HELLO }, INVALID_KEY],
    ['a key of another kind', { key: 'sk-ant-api03-00', body: HELLO }, INVALID_KEY],
  ])('with %s gets an error envelope', async (_, request, expected) => {
    expect(errorOf(await send(request))).toEqual({
      retry: undefined,
      message: expect.any(String),
      ...expected,
    });
  });

  it.each([
    ['/v1/messages/batches', 'Message Batches'],
    ['/v1/messages/batches/msgbatch_1/results', 'Message Batches'],
    ['/v1/files?limit=1', 'Files API'],
    ['/v1/skills/skill_1/versions', 'Skills API'],
    ['/v1/complete', 'Text Completions API'],
    ['/v1/organizations/usage_report/messages', "Anthropic's Admin API"],
    ['/v1/sessions', 'Managed Agents'],
    ['/v1/chat/completions', "OpenAI's API"],
  ])('for %s, which is not served, names the feature', async (path, feature) => {
    const response = await send({ path, method: 'GET', headers: [], key: null });
    expect(errorOf(response)).toEqual({
      status: 404,
      type: 'not_found_error',
      code: 'not_supported',
      retry: 'false',
      message: expect.stringContaining(feature) as string,
    });
  });

  it('names the invalid field without quoting it', async () => {
    const { message } = errorOf(
      await send({ body: '{"model":7,"max_tokens":1,"messages":"canary"}' }),
    );
    expect(message).toBe('model: Input should be a string; messages: Input should be an array');
  });

  it('is not read completely if its key is invalid', async () => {
    const head = [
      'POST /v1/messages HTTP/1.1',
      'host: x',
      'content-type: application/json',
      'content-length: 9999',
    ];
    const reply = await sendText(gateway.url, `${head.join('\r\n')}\r\n\r\n{`);
    expect(errorOf(reply)).toMatchObject(INVALID_KEY);
    expect(reply.headers.get('connection')).toBe('close');
  });

  it.each(['/%76%31/models', '/v%31/models/model-a', 'http://gateway.test/v1/models'])(
    'needs a key for the encoded path %s',
    async (path) => {
      const { status } = await send({ method: 'GET', path, headers: [], key: null });
      expect([401, 404]).toContain(status);
    },
  );
});

describe('a malformed request', () => {
  it.each([
    ['something other than HTTP', 'NONSENSE\r\n\r\n', INVALID],
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
  ])('with %s gets an error envelope', async (_, text, expected) => {
    const reply = await sendText(gateway.url, text);
    expect(errorOf(reply)).toMatchObject(expected);
    expect(reply.headers.get('connection')).toBe('close');
    expect(reply.body).not.toContain('canary');
  });

  it('with an invalid chunk gets an error envelope', async () => {
    const lines = [
      'POST /v1/messages HTTP/1.1',
      'host: x',
      `x-api-key: ${gateway.key}`,
      'content-type: application/json',
      'transfer-encoding: chunked',
    ];
    const reply = await sendText(gateway.url, `${lines.join('\r\n')}\r\n\r\nnot a length\r\n`);
    expect(errorOf(reply)).toMatchObject(INVALID);
  });

  it('does not affect the next request', async () => {
    await sendText(gateway.url, 'NONSENSE\r\n\r\n');
    expect((await send({ body: HELLO })).status).toBe(200);
  });
});

describe('an unreachable upstream', () => {
  let isolated: Gateway;
  beforeAll(async () => {
    const upstreamUrl = `http://127.0.0.1:${await freePort()}`;
    isolated = await startGateway({ bus: 'embedded', upstreamUrl });
  });
  afterAll(() => isolated[Symbol.asyncDispose]());

  it.each<[string, TestRequest]>([
    ['a message', { body: HELLO }],
    ['a stream', { body: HELLO.replace('{', '{"stream":true,') }],
    ['a count', { path: '/v1/messages/count_tokens', body: HELLO }],
    ['the models', { path: '/v1/models', method: 'GET', headers: [] }],
  ])('fails %s with a retryable 502', async (_, request) => {
    expect(errorOf(await send(request, isolated))).toMatchObject({
      ...UNREACHABLE,
      retry: undefined,
    });
  });
});

describe('a slow client', () => {
  it('gets a 408 after the arrival timeout', async () => {
    await using slow = await startGateway({
      bus: 'embedded',
      replaced: { limits: { http: { requestArrivalMs: 200 } } },
    });
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${slow.key}\r\n`;
    const text = `${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{"half`;
    expect(errorOf(await sendText(slow.url, text))).toMatchObject({
      status: 408,
      type: 'timeout_error',
      code: 'request_timeout',
    });
  });
});
