// Whatever goes wrong while a response is written, the client learns of it: it gets an error, or its
// connection is closed. No request hangs.

import fastify from 'fastify';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange, WorkerResponse } from '../../../services/ingress/dispatch/exchange.ts';
import type { InFlightRequests } from '../../../services/ingress/dispatch/in-flight-requests.ts';
import { createRelay } from '../../../services/ingress/relay.ts';
import type { Chunk } from '../../../services/ingress/dispatch/chunk-queue.ts';
import { EMPTY_VAULT } from '../../../shared/privacy/vault.ts';
import { limits } from '../../../shared/limits.ts';
import { EMPTY_BODY } from '../../../shared/protocol/body.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { checkProperty } from '../../kit/properties.ts';
import { sendRaw } from '../../kit/raw-client.ts';

const EVENT = Buffer.from('event: ping\ndata: {}\n\n');

let reply: WorkerResponse;
let counts: Record<string, number> = {};
const errors: unknown[] = [];
const cancelled: string[] = [];
const app = fastify();
let url = '';

beforeAll(async () => {
  const exchange = {
    get response() {
      return Promise.resolve(reply);
    },
    get stageReports() {
      return { ...EMPTY_VAULT, counts };
    },
    cancel: ({ code }: { code: string }) => cancelled.push(code),
  } as unknown as Exchange;
  const inFlightRequests = {
    begin: () => exchange,
    forget: () => {},
  } as unknown as InFlightRequests;
  const relay = createRelay({
    inFlightRequests,
    clock: createFakeClock(),
    limits: { json: limits.json, pingMs: 10_000, timeSliceMs: 8 },
    events: { onError: (error) => errors.push(error) },
  });
  app.addHook('onRequest', async (request) => {
    request.caller = { keyId: 'a', tenant: 'a', secret: 'b' };
    request.state = { startedMs: 0 };
    request.corsHeaders = [];
  });
  const relayed = { routingSlip: [], body: EMPTY_BODY, model: '', stream: false, options: {} };
  app.get('/', (request, answer) => relay(request, answer, relayed));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

const buffered = (status: number, headers: readonly string[]): WorkerResponse => ({
  kind: 'buffered',
  head: { status, headers },
  bytes: Buffer.from('{}'),
});

const streamed = (
  status: number,
  headers: readonly string[],
  chunks: () => AsyncGenerator<Chunk> = ending,
): WorkerResponse => ({
  kind: 'stream',
  head: { status, headers: ['content-type', 'text/event-stream', ...headers] },
  chunks: chunks(),
});

async function* ending(): AsyncGenerator<Chunk> {
  yield { bytes: EVENT, more: false };
}

/** Breaks with an error that is not one of the catalogue. */
async function* breaking(): AsyncGenerator<Chunk> {
  yield* ending();
  throw new TypeError('broken');
}

const ask = () => sendRaw(url, { method: 'GET', path: '/', headers: [] });
const headerIn = (raw: readonly string[], name: string) => raw[raw.indexOf(name) + 1];

describe('a response that cannot be sent', () => {
  it.each([
    ['a status that is none', [99, []]],
    ['a status with a fraction', [Number.NaN, []]],
    ['a header name with a space', [200, ['x y', '1']]],
    ['a header name that is not ASCII', [200, ['ИМЯ', '1']]],
  ] as const)('with %s becomes an error, buffered or streamed', async (_, [status, headers]) => {
    for (const unsendable of [buffered(status, headers), streamed(status, headers)]) {
      errors.length = cancelled.length = 0;
      reply = unsendable;
      const response = await ask();
      expect(response).toMatchObject({ status: 500, end: 'clean' });
      expect(JSON.parse(response.body.toString())).toMatchObject({
        type: 'error',
        error: { type: 'api_error', details: { error_code: 'internal' } },
      });
      expect([errors.length, cancelled]).toEqual([1, ['internal']]);
    }
  });

  it('ends with an error event once it has begun', async () => {
    reply = streamed(200, [], breaking);
    const { status, end, body } = await ask();
    expect([status, end]).toEqual([200, 'clean']);
    expect(body.toString()).toContain('event: error');
  });
});

describe('header values made of data', () => {
  it.each([
    ['ИМЯ', '%D0%98%D0%9C%D0%AF=1'],
    ['PERSON', 'PERSON=1'],
    ['ÉTÉ', 'ÉTÉ=1'],
    ['A\r\nset-cookie: b', 'A%0D%0Aset-cookie: b=1'],
    ['\ud800', '%EF%BF%BD=1'],
    ['a\0b', 'a%00b=1'],
  ])('are legal: %j', async (entity, expected) => {
    counts = { [entity]: 1 };
    for (const kind of [buffered, streamed]) {
      reply = kind(200, []);
      const { status, end, rawHeaders } = await ask();
      expect([status, end]).toEqual([200, 'clean']);
      expect(headerIn(rawHeaders, 'x-llmp-scrubbed')).toBe(expected);
    }
  });

  it('are legal, whatever the data is', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    await checkProperty(
      fc.asyncProperty(text, text, async (entity, value) => {
        counts = { [entity]: 1 };
        reply = buffered(200, ['x-any', value]);
        expect(await ask()).toMatchObject({ status: 200, end: 'clean' });
      }),
    );
  });
});
