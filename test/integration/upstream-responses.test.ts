// What a client receives when its only upstream responds with something else than the Messages API.

import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { checkProperty } from '../kit/properties.ts';
import { sendRaw, type RawResponse } from '../kit/raw-client.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';

const ELSEWHERE = 'http://127.0.0.1:9/v1/messages?token=abc';
const MESSAGE =
  '{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}';
const LOW_CREDIT =
  '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"},"request_id":"req_up"}';
const ALLOWED =
  /^(age|anthropic-.*|cache-control|connection|content-length|content-type|date|keep-alive|request-id|retry-after|retry-after-ms|transfer-encoding|x-llmp-.*|x-should-retry)$/i;

let scripted: ScriptedResponse;
let upstream: ScriptedUpstream;
let gateway: Gateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream(() => scripted);
  gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const ROUTES = ['/v1/messages', '/v1/messages/count_tokens', '/v1/models', '/v1/models/m'];

function ask(path: string, headers: readonly string[] = [], stream = false): Promise<RawResponse> {
  const credential = ['x-api-key', gateway.key, 'content-type', 'application/json', ...headers];
  if (path.startsWith('/v1/models')) {
    return sendRaw(gateway.url, { method: 'GET', path, headers: credential });
  }
  const messages = [{ role: 'user', content: 'Write to ann.lee@corp-mail.org' }];
  const body = Buffer.from(JSON.stringify({ model: 'm', max_tokens: 8, stream, messages }));
  return sendRaw(gateway.url, { method: 'POST', path, headers: credential, body });
}

function codeOf({ body }: RawResponse): unknown {
  const { error } = JSON.parse(body.toString()) as { error: { details?: { error_code: string } } };
  return error.details?.error_code;
}

const namesOf = ({ rawHeaders }: RawResponse) => rawHeaders.filter((_, index) => index % 2 === 0);

describe('a redirect', () => {
  const cases = ROUTES.flatMap((path) =>
    [300, 301, 302, 303, 305, 307, 308, 399].map((status) => [path, status] as const),
  );

  it.each(cases)('to %s with status %i is an error of the gateway', async (path, status) => {
    scripted = { status, headers: ['Location', ELSEWHERE], chunks: [Buffer.from('moved')] };
    const response = await ask(path);
    expect([response.status, codeOf(response)]).toEqual([502, 'upstream_redirected']);
    expect(JSON.stringify([response.rawHeaders, response.body.toString()])).not.toMatch(
      /127\.0\.0\.1:9|token|location|moved/i,
    );
  });

  it.each([
    ['several locations', ['LOCATION', ELSEWHERE, 'location', 'http://127.0.0.1:8/']],
    ['a relative location', ['location', '/login']],
    ['no location', []],
    ['a location that is no address', ['location', 'http://[']],
    ['a refresh', ['refresh', `0; url=${ELSEWHERE}`]],
    ['a body that is JSON', ['location', ELSEWHERE, 'content-type', 'application/json']],
    ['the type of a stream', ['location', ELSEWHERE, 'content-type', 'text/event-stream']],
  ])('with %s is an error of the gateway, streamed or not', async (_, headers) => {
    for (const stream of [true, false]) {
      scripted = { status: 307, headers, chunks: [] };
      const response = await ask('/v1/messages', [], stream);
      expect([response.status, codeOf(response)]).toEqual([502, 'upstream_redirected']);
    }
  });

  it('is logged with its status', async () => {
    scripted = { status: 308, headers: ['location', ELSEWHERE], chunks: [] };
    await ask('/v1/messages');
    const finished = () => gateway.logs().findLast(({ msg }) => msg === 'request finished');
    await expect.poll(finished).toMatchObject({
      errorCode: 'upstream_redirected',
      annotations: { upstreamStatus: 308 },
    });
  });

  it('does not keep a connection that is never finished', async () => {
    const open = { gate: new Promise<void>(() => {}) };
    scripted = { status: 307, headers: ['location', ELSEWHERE], chunks: [open] };
    expect((await ask('/v1/messages')).status).toBe(502);
    await upstream.requests.at(-1)?.aborted;
  });

  it('is none with status 304 for a client that asked on a condition', async () => {
    scripted = { status: 304, headers: [], chunks: [] };
    expect((await ask('/v1/models', ['if-none-match', '"a"'])).status).toBe(304);
    const response = await ask('/v1/models');
    expect([response.status, codeOf(response)]).toEqual([502, 'upstream_redirected']);
  });
});

describe('response headers', () => {
  it('of other places, sites and accounts do not reach the client, on any route', async () => {
    const names = fc.oneof(
      fc.constantFrom('location', 'Content-Location', 'refresh', 'link', 'alt-svc', 'set-cookie'),
      fc.constantFrom('set-cookie2', 'clear-site-data', 'www-authenticate', 'proxy-authenticate'),
      fc.constantFrom('access-control-allow-origin', 'strict-transport-security', 'x-llmp-forged'),
      fc.constantFrom('X-LLMP-Upstream', 'x-accel-redirect', 'server', 'age', 'retry-after'),
      fc.stringMatching(/^x-[a-z]{1,12}$/),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...ROUTES),
      fc.array(names, { maxLength: 6 }),
      fc.constantFrom(200, 400, 429, 500),
      async (path, forged, status) => {
        const headers = ['content-type', 'application/json', ...forged.flatMap((n) => [n, '7'])];
        scripted = {
          status,
          headers,
          chunks: [Buffer.from(status === 200 ? MESSAGE : LOW_CREDIT)],
        };
        const response = await ask(path);
        expect(response.status).toBe(status);
        expect(namesOf(response).filter((name) => !ALLOWED.test(name))).toEqual([]);
        expect(namesOf(response).join()).not.toMatch(/x-llmp-(forged|upstream)|age,/i);
      },
    );
    await expect(checkProperty(property, { runs: 30 })).resolves.toBeUndefined();
  });
});

describe('a success that is no message', () => {
  const page = '<!doctype html><title>Sign in</title>';
  it.each<[what: string, scripted: Partial<ScriptedResponse>, code: string]>([
    ['a page', { headers: ['content-type', 'text/html'], chunks: [Buffer.from(page)] }, 'invalid'],
    [
      'a page that says it is JSON',
      { headers: ['content-type', 'application/json'], chunks: [Buffer.from(`\n ${page}`)] },
      'invalid',
    ],
    [
      'a page that says it is a stream',
      { headers: ['content-type', 'text/event-stream'], chunks: [Buffer.from(page)] },
      'invalid',
    ],
    ['text', { chunks: [Buffer.from('OK')] }, 'invalid'],
    ['no body', { chunks: [] }, 'disconnected'],
    ['status 204', { status: 204 }, 'invalid'],
    ['status 205', { status: 205 }, 'invalid'],
    ['status 206', { status: 206, chunks: [Buffer.from(MESSAGE)] }, 'invalid'],
    ['an unknown encoding', { headers: ['content-encoding', 'morse'] }, 'invalid'],
    ['three encodings', { headers: ['content-encoding', 'gzip, gzip, gzip'] }, 'invalid'],
  ])('such as %s is an error of the gateway', async (_, given, code) => {
    const expected = code === 'invalid' ? 'upstream_invalid_response' : 'upstream_disconnected';
    for (const stream of [true, false]) {
      scripted = { status: 200, headers: [], chunks: [Buffer.from(MESSAGE)], ...given };
      const response = await ask('/v1/messages', [], stream);
      expect([response.status, codeOf(response)]).toEqual([502, expected]);
      expect(response.body.toString()).not.toContain('Sign in');
    }
  });

  it('such as 70 MB of zeros that were compressed to 68 KB ends at the bound', async () => {
    const bomb = gzipSync(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(70 * 1024 * 1024)]));
    const headers = ['content-type', 'application/json', 'content-encoding', 'gzip'];
    scripted = { status: 200, headers, chunks: [bomb] };
    const response = await ask('/v1/messages');
    expect([response.status, codeOf(response)]).toEqual([502, 'upstream_disconnected']);
  });
});

describe('a message', () => {
  it.each([
    ['', (text: string) => Buffer.from(text)],
    ['none', (text: string) => Buffer.from(text)],
    ['UTF-8', (text: string) => Buffer.from(text)],
    [' identity , ', (text: string) => Buffer.from(text)],
    ['gzip, identity', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['gzip, gzip', (text: string) => gzipSync(gzipSync(text))],
    // The proxy that decompressed it left the header.
    ['gzip', (text: string) => Buffer.from(text)],
  ])('with content-encoding %j is read', async (encoding, encode) => {
    const headers = ['content-type', 'application/json', 'content-encoding', encoding];
    scripted = { status: 200, headers, chunks: [encode(MESSAGE)] };
    const { status, body } = await ask('/v1/messages');
    expect([status, body.toString()]).toEqual([200, MESSAGE]);
  });

  it.each([200, 400])('with status %i and a byte order mark is read without it', async (status) => {
    const text = status === 200 ? MESSAGE : LOW_CREDIT;
    const chunks = [Buffer.from([0xef]), Buffer.from([0xbb, 0xbf]), Buffer.from(text)];
    scripted = { status, headers: ['content-type', 'application/json'], chunks };
    const response = await ask('/v1/messages');
    expect([response.status, response.body.toString()]).toEqual([status, text]);
  });

  it.each([
    ['text/event-stream', 'application/json'],
    ['text/plain', 'application/json'],
    ['text/html', 'application/json'],
    [undefined, 'application/json'],
    ['application/json;charset=utf-8', 'application/json;charset=utf-8'],
    ['application/problem+json', 'application/problem+json'],
  ])('of type %s is relayed as %s', async (given, expected) => {
    const headers = given === undefined ? [] : ['content-type', given];
    scripted = { status: 200, headers, chunks: [Buffer.from(MESSAGE)] };
    const response = await ask('/v1/messages');
    expect(response.body.toString()).toBe(MESSAGE);
    expect(response.rawHeaders.join('|')).toContain(`content-type|${expected}|`);
  });

  it('is never cut short, whatever its type', async () => {
    const chunks = [Buffer.from(MESSAGE.slice(0, 40))];
    scripted = { status: 200, headers: ['content-type', 'text/plain'], chunks };
    const response = await ask('/v1/messages');
    expect([response.status, codeOf(response)]).toEqual([502, 'upstream_disconnected']);
  });
});

describe('an error of the upstream that says it is a stream', () => {
  it.each([
    ['JSON', LOW_CREDIT],
    ['an event', `event: error\ndata: ${LOW_CREDIT}\n\n`],
    ['an event after a ping', `event: ping\ndata: {}\n\nevent: error\ndata: ${LOW_CREDIT}\n\n`],
    ['an event without an end', `event: error\ndata: ${LOW_CREDIT}`],
    ['an event without a name', `data: ${LOW_CREDIT}\n\n`],
  ])('and is %s keeps its words', async (_, text) => {
    const property = fc.asyncProperty(
      fc.constantFrom(400, 403, 404, 429, 500, 529),
      fc.boolean(),
      async (status, stream) => {
        const headers = ['Content-Type', 'text/event-stream', 'retry-after', '1'];
        scripted = { status, headers, chunks: [Buffer.from(text)] };
        const response = await ask('/v1/messages', [], stream);
        expect([response.status, response.body.toString()]).toEqual([status, LOW_CREDIT]);
        expect(response.rawHeaders.join('|')).toContain('content-type|application/json|');
      },
    );
    await expect(checkProperty(property, { runs: 8 })).resolves.toBeUndefined();
  });

  it('and is neither keeps its words', async () => {
    scripted = {
      status: 503,
      headers: ['content-type', 'text/event-stream'],
      chunks: [Buffer.from('busy')],
    };
    const response = await ask('/v1/messages', [], true);
    expect([response.status, response.body.toString()]).toEqual([503, 'busy']);
  });
});
