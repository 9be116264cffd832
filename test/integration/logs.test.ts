// The log contains only names, numbers and code locations. Clients send a canary wherever they can,
// and no process may log it. Every request has one log line.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw, startRaw } from '../kit/raw-client.ts';
import { sendText } from '../kit/raw-socket.ts';
import { freePort } from '../kit/servers.ts';

const CANARY = 'canary7c1f';
const WRONG_KEY = createKey();
const UPSTREAM_TOKEN = 'upstream-token-9d2e';

const CANARY_HEADERS = ['content-type', 'application/json', 'x-note', CANARY, 'user-agent', CANARY];

function body(fields: Record<string, unknown> = {}): string {
  const content = `my secret is ${CANARY}`;
  const messages = [{ role: 'user', content }];
  return JSON.stringify({ model: 'm', max_tokens: 9, system: CANARY, messages, ...fields });
}

interface TestRequest {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly key?: string;
}

/** Sends one request. @returns id and status of the response */
async function send(
  { url, key }: Gateway,
  request: TestRequest,
): Promise<{ id: string; status: number }> {
  const { status, rawHeaders } = await sendRaw(url, {
    method: request.method ?? 'POST',
    path: request.path ?? '/v1/messages',
    headers: ['x-api-key', request.key ?? key, ...CANARY_HEADERS],
    ...(request.method === 'GET' ? {} : { body: Buffer.from(request.body ?? body()) }),
  });
  return { id: headerOf(rawHeaders, 'request-id') ?? '', status };
}

const linesOf = (gateway: Gateway, message: string) =>
  gateway.logs().filter((line) => line['msg'] === message);

function expectDiscreet(gateway: Gateway): void {
  const log = JSON.stringify(gateway.logs());
  const secrets = [CANARY, gateway.key, WRONG_KEY, UPSTREAM_TOKEN];
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
}

/** Expects exactly one line per id and no others. */
async function expectEachOnce(gateway: Gateway, ids: readonly string[]): Promise<void> {
  const logged = () =>
    linesOf(gateway, 'request finished').map((line) => String(line['requestId']));
  await expect.poll(() => new Set(logged())).toEqual(new Set(ids));
  expect(logged()).toHaveLength(ids.length);
}

describe.each(BUSES)('the log of a gateway on the %s bus', (bus) => {
  describe('with a working upstream', () => {
    let gateway: Gateway;
    beforeAll(async () => {
      gateway = await startGateway({ bus });
    });
    afterAll(() => gateway[Symbol.asyncDispose]());

    it('has one line per request and no client content', async () => {
      const requests: readonly (readonly [status: number, request: TestRequest])[] = [
        [200, {}],
        [200, { body: body({ stream: true }) }],
        [200, { path: `/v1/messages/count_tokens?${CANARY}=1` }],
        [200, { path: '/v1/models', method: 'GET' }],
        [404, { path: `/v1/models/${CANARY}`, method: 'GET' }],
        [404, { path: `/v1/${CANARY}` }],
        [404, { path: `/${CANARY}` }],
        [400, { body: `{"${CANARY}` }],
        [400, { body: body({ stream: CANARY }) }],
        [400, { body: body({ messages: [{ role: 'user', content: `[[simulate: ${CANARY}]]` }] }) }],
        [401, { key: WRONG_KEY }],
        [401, { key: CANARY }],
        [529, { body: saying(`[[simulate: status=529 message=${CANARY}]]`) }],
        [200, { body: saying('[[simulate: mid-error=api_error]]', { stream: true }) }],
        [200, { body: saying('[[simulate: cut=reset]]', { stream: true }) }],
        [502, { body: saying('[[simulate: cut=reset]]') }],
      ];
      const ids = [];
      for (const [status, request] of requests) {
        const response = await send(gateway, request);
        expect(response.status, JSON.stringify(request)).toBe(status);
        ids.push(response.id);
      }
      await expectEachOnce(gateway, ids);
      expectDiscreet(gateway);
      expect(linesOf(gateway, 'internal error')).toEqual([]);
    });
  });

  it('has one line without content for a client that disconnects', async () => {
    await using gateway = await startGateway({ bus });
    const client = startRaw(gateway.url, {
      method: 'POST',
      path: '/v1/messages',
      headers: ['x-api-key', gateway.key, ...CANARY_HEADERS],
      body: Buffer.from(saying('[[simulate: hang=middle]]', { stream: true })),
    });
    await client.nextChunk();
    client.abort();
    await expect
      .poll(() => linesOf(gateway, 'request finished'))
      .toMatchObject([{ outcome: 'client_disconnected', route: '/v1/messages', model: 'm' }]);
    expectDiscreet(gateway);
    expect(linesOf(gateway, 'internal error')).toEqual([]);
  });

  it('contains no key and no prompt when the upstream is unreachable', async () => {
    const upstreamUrl = `http://127.0.0.1:${await freePort()}`;
    const env = { LLMP_UPSTREAM_TOKEN: UPSTREAM_TOKEN };
    await using gateway = await startGateway({ bus, upstreamUrl, env });
    const { id, status } = await send(gateway, {});
    expect(status).toBe(502);
    await expectEachOnce(gateway, [id]);
    expect(linesOf(gateway, 'request finished')).toMatchObject([
      { outcome: 'failed', status: 502, errorCode: 'upstream_unreachable' },
    ]);
    expectDiscreet(gateway);
  });

  it('has the stack but not the message of an error thrown by a stage', async () => {
    const policy: Stage = async ({ body: requestBody }, { signal }) => {
      const text = Buffer.from((await requestBody.read(signal)).bytes).toString();
      throw new TypeError(`cannot evaluate ${text}`, { cause: new Error(CANARY) });
    };
    await using gateway = await startGateway({ bus, replaced: { stages: { policy } } });
    const { id, status } = await send(gateway, {});
    expect(status).toBe(500);
    await expectEachOnce(gateway, [id]);
    expect(linesOf(gateway, 'internal error')).toMatchObject([
      {
        requestId: id,
        err: {
          kind: 'TypeError',
          stack: expect.arrayContaining([expect.stringContaining('logs.test.ts')]),
        },
      },
    ]);
    expectDiscreet(gateway);
  });
});

describe('the log of the HTTP server', () => {
  it('has no line and no bytes of malformed requests', async () => {
    await using gateway = await startGateway({ bus: 'embedded' });
    await sendText(gateway.url, `${CANARY}\r\n\r\n`);
    await sendText(gateway.url, `GET / HTTP/1.1\r\nhost: x\r\n: ${CANARY}\r\n\r\n`);
    const { id, status } = await send(gateway, {});
    expect(status).toBe(200);
    await expectEachOnce(gateway, [id]);
    expectDiscreet(gateway);
  });

  it('has a line for an invalid path, without its content', async () => {
    await using gateway = await startGateway({ bus: 'embedded' });
    const { id, status } = await send(gateway, { path: `/v1/%zz${CANARY}`, method: 'GET' });
    expect(status).toBe(404);
    await expectEachOnce(gateway, [id]);
    expectDiscreet(gateway);
  });

  it('has no internal error for an aborted upload', async () => {
    await using gateway = await startGateway({ bus: 'embedded' });
    const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.key}\r\n`;
    const lines = 'content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    await sendText(gateway.url, `${head}${lines}not a length ${CANARY}\r\n`);
    await expect.poll(() => linesOf(gateway, 'request finished')).toHaveLength(1);
    expectDiscreet(gateway);
    expect(linesOf(gateway, 'internal error')).toEqual([]);
  });

  it('has no line for probes', async () => {
    await using gateway = await startGateway({ bus: 'embedded' });
    for (const path of ['/healthz', '/readyz', '/readyz?verbose'])
      await fetch(`${gateway.url}${path}`);
    await fetch(gateway.url, { method: 'HEAD' });
    const { id, status } = await send(gateway, {});
    expect(status).toBe(200);
    await expectEachOnce(gateway, [id]);
  });
});

function saying(content: string, fields: Record<string, unknown> = {}): string {
  return body({ messages: [{ role: 'user', content: `${content} ${CANARY}` }], ...fields });
}
