// Lossless forwarding of the whole corpus on every bus: the upstream receives exactly the bytes and
// headers of the client, and vice versa. The header `x-test-reply` selects the upstream's response.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replyCases, requestCases, type ReplyCase, type RequestCase } from '../kit/corpus.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw, type RawResponse } from '../kit/raw-client.ts';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import { checkProperty } from '../kit/properties.ts';

/** A stream that fails before anything was passed on gets the status of its error. */
const REPLIES = replyCases().filter(({ name }) => name !== 'stream-error-first');
const STREAMS = REPLIES.filter(({ name }) => name.startsWith('stream-'));
const ERRORS = REPLIES.filter(({ status }) => status >= 400);
const UPSTREAM_KEY = 'sk-test-upstream';

/** Request headers that are hop-by-hop, or that the gateway drops or sets. */
const NOT_FORWARDED =
  /^(host|connection|content-length|accept-encoding|authorization|x-api-key|cookie|expect|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-.*|x-forwarded-.*|forwarded|sec-.*)$/i;

const CREDENTIAL = /^(authorization|x-api-key|cookie|proxy-.*)$/i;

/** Response headers of the Messages API; others are of another account, connection or place. */
const RETURNED =
  /^(anthropic-(?!ratelimit-|organization-id).*|cache-control|content-type|retry-after|x-accel-buffering|x-should-retry)$/i;

/** Response headers that the gateway always sets. */
const SET_BY_GATEWAY =
  /^(connection|content-length|date|keep-alive|request-id|transfer-encoding)$/i;

/** A request id of the gateway; those of the corpus share a prefix. */
const GATEWAY_ID = /^req_(?!011UPSTREAM)\w{20,}$/;

describe.each(BUSES)('a gateway on the %s bus', (bus) => {
  const replies = new Map(REPLIES.map((reply) => [reply.name, scripted(reply)]));
  let upstream: ScriptedUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(({ rawHeaders }) => {
      const reply = replies.get(valueOf(rawHeaders, 'x-test-reply'));
      if (!reply) throw new RangeError('there is no response of that name');
      return reply;
    });
    const env = { ANTHROPIC_API_KEY: UPSTREAM_KEY };
    gateway = await startGateway({ bus, upstreamUrl: upstream.url, env });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** Sends a request through the gateway and returns what both ends received. */
  async function exchange(request: RequestCase): Promise<Exchange> {
    const countBefore = upstream.requests.length;
    const headers = request.headers.map((part) => part.replace('{key}', gateway.key));
    const reply = await sendRaw(gateway.url, { ...request, headers });
    const [seen, ...more] = upstream.requests.slice(countBefore);
    if (!seen) throw new Error(`Nothing reached the upstream: ${reply.body.toString()}`);
    if (more.length > 0) throw new Error('More than one request reached the upstream.');
    return { headers, reply, seen };
  }

  /** Lets the upstream send `reply`, split at `offsets`, and returns what the client received. */
  async function relayed(reply: ReplyCase, offsets: readonly number[] = []): Promise<Received> {
    replies.set('scripted', scripted(reply, offsets));
    return receivedOf((await exchange(requestFor('scripted', isStream(reply)))).reply);
  }

  it.each(requestCases())(
    'forwards the request $name unchanged, without its key',
    async (request) => {
      const { headers, seen } = await exchange(request);
      const hopByHop = valueOf(headers, 'connection').toLowerCase().split(/ *, */);
      const isForwarded = (name: string) =>
        !NOT_FORWARDED.test(name) && !hopByHop.includes(name.toLowerCase());
      expect(`${seen.method} ${seen.url}`).toBe(`${request.method} ${request.path}`);
      expect(textOf(seen.body)).toBe(textOf(request.body));
      expect(pairs(seen.rawHeaders, isForwarded)).toEqual(pairs(headers, isForwarded));
      expect(keysIn(seen)).toEqual([['x-api-key', UPSTREAM_KEY]]);
    },
  );

  it.each(REPLIES)('returns the response $name unchanged', async (reply) => {
    expect(await relayed(reply)).toEqual(expectedOf(reply));
  });

  it.each(ERRORS)('returns $name unchanged when a stream was requested', async (reply) => {
    const { reply: seen } = await exchange(requestFor(reply.name, true));
    expect(receivedOf(seen)).toEqual(expectedOf(reply));
  });

  // Around the threshold for claim checks, and above the broker's max_payload.
  it.each([65_535, 65_536, 65_537, 300_000, 3_000_000])(
    'carries a body of %i bytes unchanged in both directions',
    async (size) => {
      const body = bodyOf(size);
      const reply = { name: '', status: 200, headers: ['content-type', 'application/json'], body };
      replies.set('scripted', scripted(reply));
      const { seen, reply: received } = await exchange({ ...requestFor('scripted', false), body });
      expect(textOf(seen.body)).toBe(textOf(body));
      expect(receivedOf(received)).toEqual(expectedOf(reply));
    },
  );

  it('returns a stream with an event of 3 MB unchanged', async () => {
    const [stream] = STREAMS.filter(({ name }) => name === 'stream-text');
    if (!stream) throw new Error('stream-text is not in the corpus');
    const large = `event: large\ndata: ${bodyOf(3_000_000).toString().trim()}\n\n`;
    const reply = { ...stream, body: Buffer.concat([Buffer.from(large), stream.body]) };
    expect(await relayed(reply, [1_000, 70_000, 2_000_000])).toEqual(expectedOf(reply));
  });

  it('forwards a header of 20 KB unchanged', async () => {
    const baggage = Array.from({ length: 1_000 }, (_, i) => `member-${i}=value-${i}`).join(',');
    const request = requestFor('message-text', false);
    const headers = [...request.headers, 'baggage', baggage];
    const { seen } = await exchange({ ...request, headers });
    expect(valueOf(seen.rawHeaders, 'baggage') === baggage).toBe(true);
  });

  // Only the upstream stage splits streams, and it is the same on every bus.
  if (bus !== 'embedded') return;

  it.each(STREAMS)('returns $name unchanged when its ends arrive byte by byte', async (reply) => {
    const { length } = reply.body;
    const ends = Array.from({ length: 80 }, (_, i) => [i, Math.max(0, length - i)]).flat();
    expect(await relayed(reply, ends)).toEqual(expectedOf(reply));
  });

  it('returns a stream unchanged, wherever the upstream splits it', async () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 });
    const property = fc.asyncProperty(fc.constantFrom(...STREAMS), shares, async (reply, cuts) => {
      const offsets = cuts.map((cut) => Math.floor(cut * reply.body.length));
      expect(await relayed(reply, offsets)).toEqual(expectedOf(reply));
    });
    await expect(checkProperty(property, { runs: 25 })).resolves.toBeUndefined();
  });
});

/** Credential headers, and anything else that contains a gateway key. */
function keysIn({ url, rawHeaders, body }: RecordedRequest): [string, string][] {
  const all = pairs(['url', url, ...rawHeaders, 'body', body.toString('latin1')], () => true);
  return all.filter(([name, value]) => CREDENTIAL.test(name) || value.includes('llmp_'));
}

interface Exchange {
  /** The client's header pairs as they were sent, with its key in them. */
  readonly headers: readonly string[];
  readonly reply: RawResponse;
  readonly seen: RecordedRequest;
}

/** Everything a client can observe of a response. */
interface Received {
  readonly status: number;
  readonly end: 'clean' | 'cut';
  readonly headers: readonly (readonly [string, string])[];
  readonly hasGatewayId: boolean;
  readonly body: string;
}

function receivedOf({ status, end, rawHeaders, body }: RawResponse): Received {
  const ids = pairs(rawHeaders, (name) => /^request-id$/i.test(name));
  return {
    status,
    end,
    headers: pairs(rawHeaders, (name) => !SET_BY_GATEWAY.test(name)),
    hasGatewayId: ids.length === 1 && ids.every(([, id]) => GATEWAY_ID.test(id)),
    body: textOf(body),
  };
}

function expectedOf(reply: ReplyCase): Received {
  const { status, body } = reply;
  const headers = isStream(reply) ? unbuffered(reply.headers) : reply.headers;
  const hopByHop = valueOf(headers, 'connection').toLowerCase().split(/ *, */);
  const isReturned = (name: string) =>
    RETURNED.test(name) && !SET_BY_GATEWAY.test(name) && !hopByHop.includes(name.toLowerCase());
  return {
    status,
    end: 'clean',
    headers: pairs(headers, isReturned),
    hasGatewayId: true,
    body: textOf(body),
  };
}

/** The headers of a stream, which no proxy may collect. */
function unbuffered(headers: readonly string[]): string[] {
  const own = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no'];
  return [
    ...pairs(headers, (name) => !/^(cache-control|x-accel-buffering)$/i.test(name)).flat(),
    ...own,
  ];
}

/** One character per byte, or a digest for large bodies. */
function textOf(bytes: Buffer): string {
  if (bytes.length < 100_000) return bytes.toString('latin1');
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A small request for the reply of that name. */
function requestFor(replyName: string, stream: boolean): RequestCase {
  const messages = [{ role: 'user', content: 'x' }];
  const body = JSON.stringify({ model: 'claude-opus-5-5', max_tokens: 64, stream, messages });
  return {
    name: replyName,
    method: 'POST',
    path: '/v1/messages',
    headers: ['content-type', 'application/json', 'x-api-key', '{key}', 'x-test-reply', replyName],
    body: Buffer.from(body),
  };
}

/** A valid message request of `size` bytes, also used as a response. */
function bodyOf(size: number): Buffer {
  const start = '{"model":"m", "max_tokens":1,"messages":[{"role":"user","content":"';
  const end = '"}],"n":1.0}\n';
  const fill = size - start.length - end.length;
  return Buffer.from(start + 'é'.repeat(fill >> 1) + 'x'.repeat(fill & 1) + end);
}

function isStream({ headers }: ReplyCase): boolean {
  return valueOf(headers, 'content-type').startsWith('text/event-stream');
}

/** The response as the upstream sends it, split at `offsets`; streams chunked, others with a length. */
function scripted(reply: ReplyCase, offsets: readonly number[] = []): ScriptedResponse {
  const { status, headers, body } = reply;
  const length = isStream(reply) ? [] : ['content-length', String(body.length)];
  const borders = [...new Set([0, ...offsets, body.length])].toSorted((a, b) => a - b);
  const chunks = borders.slice(1).map((end, i) => body.subarray(borders[i], end));
  return { status, headers: [...headers, ...length], chunks };
}

function pairs(raw: readonly string[], keep: (name: string) => boolean): [string, string][] {
  const all = raw.flatMap((part, i): [string, string][] =>
    i % 2 === 0 ? [[part, raw[i + 1] ?? '']] : [],
  );
  return all.filter(([name]) => keep(name));
}

/** The first value of a header, or an empty string. */
function valueOf(raw: readonly string[], wanted: string): string {
  return pairs(raw, (name) => name.toLowerCase() === wanted)[0]?.[1] ?? '';
}
