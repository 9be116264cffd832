// What a client receives when its only upstream sends an error as a success, or breaks off anywhere.

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
import {
  CONTENT,
  END,
  errorEvent,
  errorJson,
  event,
  jsonResponse,
  MESSAGE,
  PING,
  START,
  streamResponse,
} from '../kit/two-upstreams.ts';

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

function ask(stream: boolean, headers: readonly string[] = []): Promise<RawResponse> {
  const messages = [{ role: 'user', content: 'Hello' }];
  return sendRaw(gateway.url, {
    method: 'POST',
    path: '/v1/messages',
    headers: ['x-api-key', gateway.key, 'content-type', 'application/json', ...headers],
    body: Buffer.from(JSON.stringify({ model: 'm', max_tokens: 8, stream, messages })),
  });
}

const seen = ({ status, body }: RawResponse) => [status, body.toString()];
const typeOf = ({ rawHeaders }: RawResponse) =>
  rawHeaders[rawHeaders.findIndex((name) => name.toLowerCase() === 'content-type') + 1];

const STATUSES: readonly (readonly [type: string, status: number])[] = [
  ['invalid_request_error', 400],
  ['policy_blocked', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
  ['a type of tomorrow', 500],
];

describe.each(STATUSES)('an error with status 200 and type %s', (type, status) => {
  const json = errorJson(type, 'Überlastet');

  it.each<[what: string, response: ScriptedResponse]>([
    ['JSON', jsonResponse(200, json)],
    ['JSON after white space', jsonResponse(200, `\n  ${json}`)],
    ['JSON that says it is a stream', streamResponse([Buffer.from(json)])],
  ])(`in %s is one with status ${status}`, async (_, response) => {
    scripted = response;
    const expected = Buffer.concat(response.chunks as Uint8Array[]).toString();
    for (const stream of [true, false]) {
      const received = await ask(stream);
      expect(seen(received)).toEqual([status, expected]);
      expect(typeOf(received)).toContain('application/json');
    }
  });

  it.each<[what: string, chunks: ScriptedResponse['chunks']]>([
    ['the first event', [errorEvent(type, 'Überlastet')]],
    ['the first event in pieces', [...errorEvent(type, 'Überlastet')].map((b) => Buffer.of(b))],
    [
      'the first event but pings',
      [PING, Buffer.from(': wait\n\n'), errorEvent(type, 'Überlastet')],
    ],
    ['an event without a name', [Buffer.from(`data: ${json}\n\n`)]],
    ['an event after a byte order mark', [Buffer.from(`\ufeffevent: error\ndata: ${json}\n\n`)]],
    [
      'an event that leaves the stream open',
      [errorEvent(type, 'Überlastet'), { gate: new Promise(() => {}) }],
    ],
  ])(`in %s is one with status ${status}`, async (_, chunks) => {
    scripted = streamResponse(chunks);
    const received = await ask(true);
    expect(seen(received)).toEqual([status, json]);
    expect(typeOf(received)).toBe('application/json');
  });
});

describe('a success', () => {
  it.each([
    ['{"error":{"message":"Insufficient credits","code":402}}', 402],
    ['{"error":{"message":"Slow down","code":"429"}}', 429],
    ['{"error":{"message":"Broken","code":"server_error"}}', 500],
    ['{"error":"Broken"}', 500],
  ])('that is the error %s of a router has status %i', async (json, status) => {
    scripted = jsonResponse(200, json);
    expect(seen(await ask(false))).toEqual([status, json]);
  });

  it('with a field named error is none', async () => {
    for (const extra of [{ error: null }, { error: 'quoted' }, { error: { type: 'api_error' } }]) {
      const json = JSON.stringify({ ...MESSAGE, ...extra });
      scripted = jsonResponse(200, json);
      expect(seen(await ask(false))).toEqual([200, json]);
    }
  });

  it('that costs nothing, as it is an error, is logged with the status of the upstream', async () => {
    scripted = streamResponse([errorEvent('overloaded_error')]);
    await ask(true);
    const finished = () => gateway.logs().findLast(({ msg }) => msg === 'request finished');
    await expect
      .poll(finished)
      .toMatchObject({ status: 529, annotations: { upstreamStatus: 200 } });
  });

  it.each<[what: string, chunks: ScriptedResponse['chunks']]>([
    ['nothing', []],
    ['white space', [Buffer.from('\n\n')]],
    ['comments', [Buffer.from(': wait\n\n')]],
    ['pings', [PING, PING]],
    ['half a start', [START.subarray(0, 40)]],
    ['an error that is no JSON', [Buffer.from('event: error\ndata: broken\n\n')]],
  ])('whose stream has only %s is an error of the gateway', async (_, chunks) => {
    for (const rest of [[], ['cut'] as const]) {
      scripted = streamResponse([...chunks, ...rest]);
      const received = await ask(true);
      const code = expect.stringMatching(/upstream_(disconnected|unreachable)/);
      expect(seen(received)).toEqual([502, code]);
    }
  });

  it.each(['application/vnd.router+json', 'text/json', 'application/problem+json'])(
    'of type %s is never cut short',
    async (type) => {
      const chunks = [Buffer.from(JSON.stringify(MESSAGE).slice(0, -1))];
      scripted = { status: 200, headers: ['content-type', type], chunks };
      expect(seen(await ask(false))).toEqual([502, expect.stringContaining('disconnected')]);
    },
  );
});

it.each([407, 421, 426])(
  'a status %i about the connection is one of the gateway',
  async (status) => {
    scripted = jsonResponse(status, '{}');
    expect(seen(await ask(false))).toEqual([502, expect.stringContaining('upstream_unreachable')]);
  },
);

it('a 304 is a redirect for a request that cannot have asked for it', async () => {
  scripted = { status: 304, headers: [], chunks: [] };
  const received = await ask(false, ['if-none-match', '"a"']);
  expect(seen(received)).toEqual([502, expect.stringContaining('upstream_redirected')]);
});

describe('a stream that breaks off', () => {
  const events = [START, PING, ...CONTENT, event('future'), ...END];
  const plain = Buffer.concat(events);
  const zipped = gzipSync(plain);

  it('anywhere never looks complete, and one that is complete is no error', async () => {
    const property = fc.asyncProperty(
      fc.nat(),
      fc.boolean(),
      fc.boolean(),
      async (place, isReset, isZipped) => {
        const bytes = isZipped ? zipped : plain;
        const length = place % (bytes.length + 1);
        const { headers } = streamResponse([]);
        scripted = {
          status: 200,
          headers: isZipped ? [...headers, 'content-encoding', 'gzip'] : headers,
          chunks: [bytes.subarray(0, length), ...(isReset ? ['cut' as const] : [])],
        };
        const { status, body, end } = await ask(true);
        const text = body.toString();
        const isComplete = text.includes('event: message_stop\n');
        const isError = status >= 400 || text.includes('event: error\n') || end === 'cut';
        const relayed = status >= 400 ? '' : text.split('event: error')[0];
        expect({ isComplete, isError, relayed }).toEqual({
          isComplete: isZipped ? text === plain.toString() : length === bytes.length,
          isError: !isComplete,
          relayed: plain.toString().slice(0, relayed?.length),
        });
      },
    );
    await expect(checkProperty(property, { runs: 150 })).resolves.toBeUndefined();
  });
});
