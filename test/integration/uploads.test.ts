// What a request holds before its body has arrived: refused uploads get their error before they send the
// body, and the bytes of the others are bounded for each key and for the process.

import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BodyBudget } from '../../services/ingress/admission/body-budget.ts';
import { createKey } from '../../shared/keys.ts';
import { limits } from '../../shared/limits.ts';
import { adminOf } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { openText, type TextConnection, type TextResponse } from '../kit/raw-socket.ts';
import { startScriptedUpstream } from '../kit/scripted-upstream.ts';
import { beginUpload, chunkOf, restOf, type Announced } from '../kit/slow-upload.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MB = 1024 * 1024;
const KEYS = Array.from({ length: 60 }, () => createKey());
const [KEY = '', OTHER = ''] = KEYS;

let gateway: Gateway;
let bodyBudget: BodyBudget;
let uploads: TextConnection[];

async function startWith(
  http: Partial<(typeof limits)['http']> = {},
  upstreamUrl?: string,
): Promise<void> {
  const bounds = { ...limits.http, bodyBytesInFlightMax: 64 * MB, ...http };
  bodyBudget = new BodyBudget(bounds);
  gateway = await startGateway({
    bus: 'embedded',
    ...(upstreamUrl === undefined ? {} : { upstreamUrl }),
    env: { LLMP_KEYS: KEYS.join(','), LLMP_ADMIN_TOKEN: TOKEN, LLMP_DRAIN_MS: '1' },
    replaced: { limits: { http: bounds, process: { finalFlushMs: 1 } }, bodyBudget },
  });
}

beforeEach(() => {
  uploads = [];
});
afterEach(async () => {
  for (const upload of uploads) upload.destroy();
  await gateway[Symbol.asyncDispose]();
});

function begin(announced: Announced): TextConnection {
  const upload = beginUpload(gateway.url, announced);
  uploads.push(upload);
  return upload;
}

const isOver = (upload: TextConnection) => upload.received() !== '';

/** Waits until all uploads but `accepted` have been refused, and returns the refusals. */
async function refusals(accepted: number): Promise<TextResponse[]> {
  await expect.poll(() => uploads.filter(isOver).length).toBe(uploads.length - accepted);
  return Promise.all(uploads.filter(isOver).map(({ response }) => response));
}

function factsOf({ status, headers, body }: TextResponse) {
  const { type, error, request_id: id } = JSON.parse(body);
  expect([type, id]).toEqual(['error', headers.get('request-id')]);
  expect(headers.get('connection')).toBe('close');
  return {
    status,
    type: error.type,
    code: error.details.error_code,
    wait: headers.get('retry-after'),
  };
}

const CONCURRENCY = { status: 429, type: 'rate_limit_error', code: 'rate_limited', wait: '1' };
const OVERLOADED = { status: 529, type: 'overloaded_error', code: 'overloaded', wait: '2' };

describe('slow uploads', () => {
  it.each<[string, Partial<Announced>, number]>([
    ['of 31 MB', { bytes: 31 * MB }, 31 * MB],
    ['of a few bytes', { bytes: 200 }, limits.http.bodyBytesCountedMin],
    ['in chunks', {}, limits.http.bodySegmentBytes],
  ])(
    '%s, 60 by one key with one concurrent request: one is read',
    async (_, announced, counted) => {
      await startWith();
      const { key } = await adminOf(gateway, TOKEN).key({ concurrent_requests: 1 });
      for (let at = 0; at < 60; at += 1) begin({ key, ...announced });
      const refused = await refusals(1);
      expect(refused.map(factsOf)).toEqual(Array.from({ length: 59 }, () => CONCURRENCY));
      expect(refused[0]?.body).toContain('limit of 1 concurrent requests');
      expect(bodyBudget.held).toBe(counted);

      const accepted = uploads.find((upload) => !isOver(upload));
      const rest = restOf(announced.bytes ?? 300_000);
      accepted?.send(announced.bytes ? rest : `${chunkOf(rest)}0\r\n\r\n`);
      await expect.poll(() => accepted?.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      await expect.poll(() => bodyBudget.held).toBe(0);
    },
  );

  it('by a team with one concurrent request: one is read, whatever key it has', async () => {
    await startWith();
    const admin = adminOf(gateway, TOKEN);
    await admin.post('teams/search', { limits: { concurrent_requests: 1 } });
    const keys = [
      await admin.key(undefined, { team: 'search' }),
      await admin.key({}, { team: 'search' }),
    ];
    for (const { key } of [...keys, ...keys]) begin({ key, bytes: MB });
    const refused = await refusals(1);
    expect(refused.map(factsOf)).toEqual(Array.from({ length: 3 }, () => CONCURRENCY));
    expect(refused[0]?.body).toContain("This API key's team");
  });

  it('of a key whose requests of the minute are used up are refused with the rate headers', async () => {
    await startWith();
    const limited = { concurrent_requests: 5, requests_per_minute: 1 };
    const { key } = await adminOf(gateway, TOKEN).key(limited);
    const first = begin({ key, bytes: 200 });
    first.send(restOf(200));
    await expect.poll(() => first.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const refused = await begin({ key, bytes: 31 * MB }).response;
    expect(refused.status).toBe(429);
    expect(refused.headers.get('anthropic-ratelimit-requests-limit')).toBe('1');
    expect(refused.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);
  });

  it('by 60 keys: the process refuses those above its budget', async () => {
    await startWith();
    for (const key of KEYS) begin({ key, bytes: 8 * MB });
    const refused = await refusals(7);
    expect(refused.map(factsOf)).toEqual(Array.from({ length: 53 }, () => OVERLOADED));
    expect(bodyBudget.held).toBe(7 * 8 * MB);

    for (const upload of uploads) upload.destroy();
    await expect.poll(() => bodyBudget.held).toBe(0);
    const later = begin({ key: KEY, bytes: 8 * MB });
    later.send(restOf(8 * MB));
    await expect.poll(() => later.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('by one key leave enough for another key', async () => {
    await startWith();
    for (let at = 0; at < 20; at += 1) begin({ key: KEY, bytes: 8 * MB });
    const refused = await refusals(4);
    expect(refused.map(factsOf)).toEqual(Array.from({ length: 16 }, () => CONCURRENCY));
    expect(refused[0]?.body).toContain('bytes of request bodies in flight');
    const other = begin({ key: OTHER, bytes: 8 * MB });
    other.send(restOf(8 * MB));
    await expect.poll(() => other.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it('in chunks are refused when they no longer fit, and none waits for another', async () => {
    await startWith({ bodyBytesInFlightMax: 4 * MB });
    for (const key of [KEY, KEY, OTHER, OTHER]) begin({ key });
    const piece = chunkOf(' '.repeat(60_000));
    for (let at = 0; at < 30; at += 1) for (const upload of uploads) upload.send(piece);
    await expect.poll(() => uploads.some(isOver)).toBe(true);
    expect(bodyBudget.held).toBeLessThanOrEqual(4 * MB);
    for (const upload of uploads) upload.send('0\r\n\r\n');
    await expect.poll(() => uploads.every(isOver)).toBe(true);
    const codes = uploads.map((upload) => Number(upload.received().split(' ')[1]));
    for (const status of codes) expect([400, 429, 529]).toContain(status);
    expect(codes).toContain(400);
    await expect.poll(() => bodyBudget.held).toBe(0);
  });

  it.each([{ bytes: 31 * MB }, {}])(
    'that trickle get a 408 they can read: %o',
    async (announced) => {
      await startWith({ bodyGraceMs: 100, bodyBytesPerSecondMin: MB });
      const upload = begin({ key: KEY, ...announced });
      upload.send(announced.bytes ? '  ' : chunkOf('  '));
      const { status, type, code } = factsOf(await upload.response);
      expect([status, type, code]).toEqual([408, 'timeout_error', 'request_timeout']);
      expect(bodyBudget.held).toBe(0);
    },
  );

  it('never begin on more connections than there may be, and the log says so', async () => {
    await startWith({ connectionsMax: 3 });
    for (const key of KEYS.slice(0, 3)) begin({ key, bytes: 200 });
    await expect.poll(() => bodyBudget.held).toBe(3 * limits.http.bodyBytesCountedMin);
    for (const key of KEYS.slice(3, 6)) begin({ key, bytes: 200 });
    await Promise.all(uploads.slice(3).map(({ response }) => response.catch(() => {})));
    const lines = gateway.logs().filter(({ msg }) => msg === 'connections refused');
    expect(lines).toMatchObject([{ connectionsMax: 3 }]);
    expect(uploads.some(isOver)).toBe(false);
  });

  it('that their client gives up free what they held', async () => {
    await startWith();
    const { key } = await adminOf(gateway, TOKEN).key({ concurrent_requests: 1 });
    for (let time = 0; time < 3; time += 1) {
      const upload = begin({ key, bytes: 8 * MB });
      await expect.poll(() => bodyBudget.held).toBe(8 * MB);
      upload.destroy();
      await expect.poll(() => bodyBudget.held).toBe(0);
    }
  });
});

describe('what counts as a body in flight', () => {
  const held = () => expect.poll(() => bodyBudget.held);

  it.each<[string, Partial<Announced>, number]>([
    ['a message', {}, MB],
    ['a count of tokens', { path: '/v1/messages/count_tokens' }, MB],
    [
      'a document',
      {
        key: TOKEN,
        path: '/admin/collections/any/documents',
        headers: ['content-type: text/plain'],
      },
      MB,
    ],
    ['an admin request', { key: TOKEN, path: '/admin/keys', bytes: 60_000 }, 60_000],
    ['a chunked body', { bytes: undefined as never }, limits.http.bodySegmentBytes],
  ])('%s does', async (_name, announced, bytes) => {
    await startWith();
    const upload = begin({ key: KEY, bytes: MB, ...announced });
    await expect.poll(() => bodyBudget.held).toBe(bytes);
    upload.destroy();
    await held().toBe(0);
  });

  it.each<[string, Partial<Announced>, number]>([
    ['an unknown content type', { headers: ['content-type: text/plain'] }, 415],
    ['a compressed body', { headers: ['content-encoding: gzip'] }, 415],
    ['a body that is too large', { bytes: 33 * MB }, 413],
    ['an admin request that is too large', { key: TOKEN, path: '/admin/keys' }, 413],
    [
      'a document that is too large',
      { key: TOKEN, path: '/admin/collections/a/documents', bytes: 21 * MB },
      413,
    ],
    ['an unknown path', { path: '/nope' }, 404],
    ['an unknown key', { key: 'llmp_unknown' }, 401],
  ])('%s is refused before anything is taken for it', async (_name, announced, status) => {
    await startWith({ bodyBytesInFlightMax: 0 });
    const upload = begin({ key: KEY, bytes: MB, ...announced });
    expect((await upload.response).status).toBe(status);
  });

  it.each(['', 'content-length: 0\r\n', 'content-type: application/json\r\n'])(
    'a message without a body does not, and is invalid: %j',
    async (header) => {
      await startWith();
      for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
        const head = `host: a\r\nconnection: close\r\nx-api-key: ${KEY}\r\n${header}`;
        const sent = openText(gateway.url, `POST ${path} HTTP/1.1\r\n${head}\r\n`);
        const { status, body } = await sent.response;
        expect([status, JSON.parse(body).error.details.error_code]).toEqual([400, 'invalid_json']);
      }
      expect(bodyBudget.held).toBe(0);
    },
  );

  it('a client that asks is told to continue only once its body is granted', async () => {
    await startWith({ bodyBytesInFlightMax: 3 * MB });
    const headers = ['expect: 100-continue'];
    const first = begin({ key: KEY, bytes: MB, headers });
    await expect.poll(() => first.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    const second = await begin({ key: KEY, bytes: MB, headers }).response;
    expect(factsOf(second)).toMatchObject(CONCURRENCY);
    first.send(`{${restOf(MB)}`);
    await expect.poll(() => first.received()).toContain('HTTP/1.1 200 OK\r\n');
  });

  it('a response that its client does not read does, until the client leaves', async () => {
    const bytes = 40 * MB;
    await using upstream = await startScriptedUpstream(() => ({
      status: 200,
      headers: ['content-type', 'application/json'],
      chunks: [Buffer.from(`{"a":"${'x'.repeat(bytes - 8)}"}`)],
    }));
    await startWith({}, upstream.url);
    const socket = connect(Number(new URL(gateway.url).port)).pause();
    const head = `host: a\r\nx-api-key: ${KEY}\r\ncontent-type: application/json`;
    socket.write(`POST /v1/messages HTTP/1.1\r\n${head}\r\ncontent-length: 200\r\n\r\n{`);
    socket.write(restOf(200));
    await held().toBe(bytes + limits.http.bodyBytesCountedMin);
    expect((await begin({ key: OTHER, bytes: 30 * MB }).response).status).toBe(529);
    socket.destroy();
    await held().toBe(0);
  });

  it('each of several requests on one connection', async () => {
    await startWith();
    const { key } = await adminOf(gateway, TOKEN).key({ concurrent_requests: 2 });
    const head = (bytes: number) =>
      `POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
    const whole = `${head(200)}{${restOf(200)}`;
    const connection = openText(gateway.url, whole);
    uploads.push(connection);
    await expect.poll(() => connection.received().split('HTTP/1.1 200 OK').length).toBe(2);
    connection.send(whole + head(9 * MB));
    await expect.poll(() => connection.received().split('HTTP/1.1 200 OK').length).toBe(3);
    await held().toBe(9 * MB);
    connection.destroy();
    await held().toBe(0);
  });
});
