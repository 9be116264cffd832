// Endpoints of Anthropic that LLMP_PASS_THROUGH names go to the upstream as they come.

import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import {
  errorFrom,
  EVERY_FEATURE,
  headersOf,
  JSON_TYPE,
  PASSING_TOKEN,
  startPassing,
  UPSTREAM_KEY,
  type Passing,
} from '../kit/passing-gateway.ts';
import { sendText } from '../kit/raw-socket.ts';
import type { ScriptedUpstream } from '../kit/scripted-upstream.ts';

let stack = new AsyncDisposableStack();
let gateway: Gateway;
let upstream: ScriptedUpstream;
let ask: Passing['ask'];

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function start(options?: Parameters<typeof startPassing>[0]): Promise<void> {
  const passing = stack.use(await startPassing(options));
  ({ gateway, upstream, ask } = passing);
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe('without the setting', () => {
  it.each([
    '/v1/messages/batches',
    '/v1/files',
    '/v1/skills/s/versions',
    '/v1/agents',
    '/v1/complete',
  ])('%s is not supported', async (path) => {
    await start({ env: {} });
    const response = await ask(path, { method: 'POST', body: 'x' });
    expect(await errorFrom(response)).toMatchObject({ status: 404, code: 'not_supported' });
    expect(upstream.requests).toEqual([]);
  });

  it('one feature switches on no other', async () => {
    await start({ env: { LLMP_PASS_THROUGH: 'files' } });
    expect((await ask('/v1/files')).status).toBe(200);
    expect(await errorFrom(await ask('/v1/messages/batches'))).toMatchObject({
      code: 'not_supported',
    });
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/v1/files']);
  });
});

describe.each(BOTH_BUSES)('a request that goes through (%s)', (bus) => {
  it('has its method, path, query and bytes', async () => {
    await start({ bus });
    const body = Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      randomBytes(300_000),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const type = 'multipart/form-data; boundary=b';
    const response = await ask('/v1/files?beta=true&to=ann.lee@corp-mail.org', {
      method: 'POST',
      headers: { 'content-type': type, 'anthropic-beta': 'files-api-2025-04-14', cookie: 'a=b' },
      body,
    });
    expect([response.status, await response.text()]).toEqual([200, '{"ok":true}']);
    const sent = await upstream.nextRequest();
    expect([sent.method, sent.url]).toEqual([
      'POST',
      '/v1/files?beta=true&to=ann.lee@corp-mail.org',
    ]);
    expect(sent.body.equals(body)).toBe(true);
    expect(headersOf(sent)).toMatchObject({
      'content-type': type,
      'content-length': String(body.byteLength),
      'anthropic-beta': 'files-api-2025-04-14',
      'x-api-key': UPSTREAM_KEY,
    });
    expect(JSON.stringify(sent.rawHeaders)).not.toContain(gateway.key);
    expect(headersOf(sent)).not.toHaveProperty('cookie');
  });

  it.each(['application/pdf', 'application/json', 'text/event-stream', 'text/html'])(
    'gets the bytes, the status and the headers of a response of type %s',
    async (type) => {
      const content = randomBytes(500_000);
      await start({
        bus,
        script: () => ({
          status: 206,
          headers: [
            'content-type',
            type,
            'content-length',
            String(content.byteLength),
            'content-disposition',
            'attachment; filename="a.pdf"',
            'set-cookie',
            'a=b',
          ],
          chunks: [content.subarray(0, 7), content.subarray(7)],
        }),
      });
      const response = await ask('/v1/files/file_1/content');
      expect(response.status).toBe(206);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': type,
        'content-length': String(content.byteLength),
        'content-disposition': 'attachment; filename="a.pdf"',
        'request-id': expect.stringMatching(/^req_/),
      });
      expect(response.headers.get('set-cookie')).toBeNull();
      expect((await bytesOf(response)).equals(content)).toBe(true);
    },
  );

  it('is not supported by the simulator', async () => {
    gateway = stack.use(await startGateway({ bus, env: { LLMP_PASS_THROUGH: EVERY_FEATURE } }));
    const headers = { 'x-api-key': gateway.key };
    const response = await fetch(`${gateway.url}/v1/files`, { headers });
    expect(await errorFrom(response)).toMatchObject({
      status: 404,
      code: 'not_supported',
      message: expect.stringContaining('Files API'),
    });
  });
});

describe('a request that goes through', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('may be %s', async (method) => {
    await start();
    const hasBody = !['GET', 'HEAD'].includes(method);
    const response = await ask('/v1/sessions/s_1', { method, ...(hasBody ? { body: 'raw' } : {}) });
    expect([response.status, await response.text()]).toEqual([
      200,
      method === 'HEAD' ? '' : '{"ok":true}',
    ]);
    const [sent] = upstream.requests;
    expect([sent?.method, sent?.body.toString()]).toEqual([method, hasBody ? 'raw' : '']);
  });

  it.each(['/v1/files', '/v1/files/file_1/content'])('has its methods at %s', async (path) => {
    await start();
    const response = await ask(path, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([
      204,
      'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ]);
  });

  it('is streamed while the upstream still sends', async () => {
    const gate = Promise.withResolvers<void>();
    await start({
      script: () => ({
        status: 200,
        headers: ['content-type', 'application/octet-stream'],
        chunks: [Buffer.from('first'), { gate: gate.promise }, Buffer.from('last')],
      }),
    });
    const response = await ask('/v1/files/f/content');
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first');
    gate.resolve();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last');
  });

  it('does not look complete if the upstream breaks off', async () => {
    await start({
      script: () => ({
        status: 200,
        headers: ['content-type', 'application/octet-stream'],
        chunks: [Buffer.from('first'), 'cut'],
      }),
    });
    await expect(ask('/v1/files/f/content').then(bytesOf)).rejects.toThrow('terminated');
  });

  it('needs a key', async () => {
    await start();
    expect(await errorFrom(await ask('/v1/files', {}, 'none'))).toMatchObject({ status: 401 });
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    '/v1/files/..',
    '/v1/files/%2e%2e/messages',
    '/v1/files/a%2f..',
    '/v1/files/./a',
    '/v1/%66iles',
  ])('has no path such as %s', async (path) => {
    await start();
    const { hostname, port } = new URL(gateway.url);
    const head = `GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${gateway.key}`;
    const { status } = await sendText(gateway.url, `${head}\r\nconnection: close\r\n\r\n`);
    expect(status).toBe(404);
    expect(upstream.requests).toEqual([]);
  });

  it('passes the errors of the upstream', async () => {
    const json = '{"type":"error","error":{"type":"not_found_error","message":"no file"}}';
    await start({
      script: () => ({ status: 404, headers: JSON_TYPE, chunks: [Buffer.from(json)] }),
    });
    const response = await ask('/v1/files/file_1');
    expect([response.status, await response.text()]).toEqual([404, json]);
  });

  it('is not sent to where the upstream redirects', async () => {
    await start({
      script: () => ({ status: 302, headers: ['location', 'http://127.0.0.1:1/'], chunks: [] }),
    });
    expect(await errorFrom(await ask('/v1/files'))).toMatchObject({ code: 'upstream_redirected' });
  });

  it('is an error without an upstream', async () => {
    await start();
    await upstream[Symbol.asyncDispose]();
    expect(await errorFrom(await ask('/v1/files'))).toMatchObject({
      status: 502,
      code: 'upstream_unreachable',
    });
  });

  it('is bounded', async () => {
    await start({ env: { LLMP_PASS_THROUGH: 'files', LLMP_BODY_BYTES_MAX: '1000' } });
    const response = await ask('/v1/files', { method: 'POST', body: 'a'.repeat(1001) });
    expect(await errorFrom(response)).toMatchObject({ code: 'request_too_large' });
  });

  it('is logged and booked by its feature, without content and without cost', async () => {
    await start();
    await (await ask('/v1/messages/batches/msgbatch_secret/cancel', { method: 'POST' })).text();
    const line = () => gateway.logs().find(({ msg }) => msg === 'request finished');
    await expect.poll(line).toMatchObject({ route: 'pass-through', passThrough: 'batches' });
    const ledger = async () => (await adminOf(gateway, PASSING_TOKEN).get('ledger')).json.data;
    await expect
      .poll(ledger)
      .toEqual([
        expect.objectContaining({ route: 'pass-through', pass_through: 'batches', cost_usd: 0 }),
      ]);
    expect(JSON.stringify([gateway.logs(), await ledger()])).not.toContain('msgbatch_secret');
  });
});

it('says at the start what goes through', async () => {
  await start({ env: { LLMP_PASS_THROUGH: 'files,batches' } });
  expect(gateway.logs()).toContainEqual(
    expect.objectContaining({ level: 40, features: ['files', 'batches'] }),
  );
});
