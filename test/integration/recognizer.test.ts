// A gateway with a recognizer of its operator's: whatever it calls its entities, ASCII or not, and wherever
// it is asked, clients get responses.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { startFakePresidio, type FakePresidio } from '../kit/fake-presidio.ts';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';

const NAME = 'Анна Ли';

/** An analyzer that calls every occurrence of NAME an `ИМЯ`. */
const analyzer = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.once('end', () => {
    const { text } = JSON.parse(Buffer.concat(parts).toString()) as { text: string };
    const start = text.indexOf(NAME);
    const found = { entity_type: 'ИМЯ', start, end: start + NAME.length, score: 0.9 };
    response.end(JSON.stringify(start < 0 ? [] : [found]));
  });
});

/** Where requests are scrubbed: by default, and always in a thread. */
const PLACES = { 'on the event loop': {}, 'in a thread': { scrubThreads: { newCharsMax: 0 } } };
const CASES = BOTH_BUSES.flatMap((bus) =>
  Object.entries(PLACES).map(([place, limits]) => [bus, place, limits] as const),
);

describe.each(CASES)('a recognizer on the %s bus, asked %s', (bus, _, limits) => {
  let upstream: EchoUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    await new Promise<void>((resolve) => analyzer.listen(0, '127.0.0.1', resolve));
    const { port } = analyzer.address() as AddressInfo;
    const LLMP_SCRUB_RULES = `version: 1\nrecognizer: { url: "http://127.0.0.1:${port}" }`;
    upstream = await startEchoUpstream();
    gateway = await startGateway({
      bus,
      upstreamUrl: upstream.url,
      env: { LLMP_SCRUB_RULES },
      replaced: { limits },
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    analyzer.closeAllConnections();
    await new Promise((resolve) => analyzer.close(resolve));
  });

  it.each([false, true])('answers, and reports what was replaced (stream: %s)', async (stream) => {
    const content = `Я ${NAME}, здравствуйте`;
    const body = { model: 'm', max_tokens: 9, stream, messages: [{ role: 'user', content }] };
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': gateway.key,
        'content-type': 'application/json',
        'x-note': Buffer.from(`от ${NAME} всем`).toString('latin1'),
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-llmp-scrubbed')).toBe('UNNAMED=2');
    await response.text();
    expect(upstream.bodies.at(-1)).not.toContain(NAME);
    expect(upstream.bodies.at(-1)).toMatch(/PII_NAME_[a-z2-7]{8}/);
  });
});

describe('a recognizer and texts of real sizes', () => {
  let recognizer: FakePresidio;
  let upstream: EchoUpstream;
  let gateway: Gateway;
  let isDown: boolean;
  let hold: Promise<void>;
  beforeEach(async () => {
    isDown = false;
    hold = Promise.resolve();
    recognizer = await startFakePresidio({
      names: { [NAME]: 'PERSON' },
      wait: () => hold,
      reply: () => (isDown ? { status: 500, body: '' } : undefined),
    });
    const LLMP_SCRUB_RULES = JSON.stringify({ version: 1, recognizer: { url: recognizer.url } });
    upstream = await startEchoUpstream();
    gateway = await startGateway({
      bus: 'embedded',
      upstreamUrl: upstream.url,
      env: { LLMP_SCRUB_RULES },
    });
  });
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    await recognizer[Symbol.asyncDispose]();
  });

  const ask = (content: string, signal?: AbortSignal) =>
    fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content }] }),
      ...(signal ? { signal } : {}),
    });

  it.each([10_000, 100_000, 900_000])('replaces each name in %d characters', async (chars) => {
    const line = `Everybody agreed, and ${NAME} went home.\n`;
    const lines = Math.floor(chars / line.length);
    const response = await ask(line.repeat(lines));
    expect(response.status).toBe(200);
    expect(response.headers.get('x-llmp-scrubbed')).toBe(`PERSON=${lines}`);
    await response.text();
    expect(upstream.bodies.at(-1)).not.toContain(NAME);
  });

  it('refuse a request by the name of what failed, and send it nowhere', async () => {
    isDown = true;
    const response = await ask(`I am ${NAME}.`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toMatchObject({
      error: {
        type: 'api_error',
        message: expect.stringContaining('recognizer of names'),
        details: { error_code: 'recognizer_failed' },
      },
    });
    expect(upstream.bodies).toEqual([]);
  });

  it('refuse more prose than may be searched, and say how much that is', async () => {
    const response = await ask(`I am ${NAME}.\n`.repeat(100_000));
    expect(response.status).toBe(413);
    expect(await response.text()).toContain('1,000,000 characters that the recognizer of names');
    expect(recognizer.calls).toEqual([]);
  });

  it('are left when the client leaves', async () => {
    const held = Promise.withResolvers<void>();
    hold = held.promise;
    const client = new AbortController();
    const failure = ask(`I am ${NAME}.\n`.repeat(10_000), client.signal).catch(String);
    await expect.poll(() => recognizer.calls.length).toBe(2);
    client.abort();
    expect(await failure).toContain('AbortError');
    await expect.poll(() => recognizer.abandoned).toBe(2);
    held.resolve();
    expect(recognizer.calls).toHaveLength(2);
  });
});
