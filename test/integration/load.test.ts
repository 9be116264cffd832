// Overload on every bus: quick rejections, bounded memory for stalled clients, and the largest bodies. The deep
// run has the bodies of 32 MB that are allowed by default.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { BOTH_BUSES, startGateway, type Gateway, type GatewayOptions } from '../kit/gateway.ts';
import { startSlowUpstream, type HeldRequest, type SlowUpstream } from '../kit/slow-upstream.ts';
import { isDeepRun } from '../kit/properties.ts';
import { openStream } from '../kit/stream-client.ts';

/** Large bodies may take minutes on a machine with much else to do. */
const LARGE_BODIES_MS = 300_000;
/** Many times what one message holds. */
const BODY_BYTES_MAX = isDeepRun() ? limits.http.bodyBytesMax : 8 * 1024 * 1024;

describe.each(BOTH_BUSES)('under load, a gateway on the %s bus', (bus) => {
  let stack: AsyncDisposableStack;
  let upstream: SlowUpstream;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(await startSlowUpstream());
  });
  afterEach(() => stack.disposeAsync());

  async function gatewayWith(replaced: GatewayOptions['replaced'] = {}): Promise<Gateway> {
    const http = { bodyBytesMax: BODY_BYTES_MAX };
    const bounded = { ...replaced, limits: { http, ...replaced.limits } };
    return stack.use(await startGateway({ bus, upstreamUrl: upstream.url, replaced: bounded }));
  }

  function post(gateway: Gateway, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    return fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body,
    });
  }

  it('responds with 529 and retry-after at once when a stage is at capacity', async () => {
    const inFlightMax = { ...limits.pipeline.inFlightMax, upstream: 2 };
    const gateway = await gatewayWith({ limits: { pipeline: { inFlightMax } } });
    const running = [openStream(gateway), openStream(gateway)];
    const held = [await upstream.next(), await upstream.next()];
    const rejected = await post(gateway, '{"model":"m","max_tokens":1,"messages":[]}');
    expect(rejected.status).toBe(529);
    expect(rejected.headers.get('retry-after')).toBe('2');
    expect(await rejected.json()).toMatchObject({ error: { type: 'overloaded_error' } });

    for (const { response } of held) response.end('{}');
    for (const stream of running) await (await stream).rest();
    const accepted = post(gateway, '{"model":"m","max_tokens":1,"messages":[]}');
    (await upstream.next()).response.end('{}');
    expect((await accepted).status).toBe(200);
  });

  it('reads from the upstream only as far as the credit of a stalled client', async () => {
    const gateway = await gatewayWith();
    const { request, stalled } = await stalledStream(gateway);
    const source = pour(request);
    // Meanwhile a healthy stream completes, which gives the stalled one time to read too much.
    const opening = openStream(gateway);
    const healthy = await upstream.next();
    const healthySource = pour(healthy, EVENTS / 5);
    const { text } = await (await opening).rest();
    expect(text.length).toBe(healthySource.total);
    // Besides the credit, two kernel socket buffers hold a few megabytes each.
    expect(source.written()).toBeLessThan(source.total / 2);
    stalled.resume();
    let bytes = 0;
    for await (const chunk of stalled) bytes += (chunk as string).length;
    expect(bytes).toBe(source.total);
  });

  async function stalledStream(gateway: Gateway) {
    const opening = openStream(gateway);
    const request = await upstream.next();
    request.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const { response } = await opening;
    response.removeAllListeners('data');
    response.pause();
    return { request, stalled: response };
  }

  it(
    'carries concurrent bodies of the largest size byte for byte',
    async () => {
      const gateway = await gatewayWith();
      const bodies = ['a', 'b'].map((letter) => bodyOf(BODY_BYTES_MAX, letter));
      const responses = bodies.map((body) => post(gateway, body));
      for (let n = 0; n < bodies.length; n += 1) {
        const { body, response } = await upstream.next();
        expect(bodies.some((sent) => sent.toString() === body)).toBe(true);
        response.end('{}');
      }
      expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([200, 200]);
    },
    LARGE_BODIES_MS,
  );

  it('applies the edits of a stage to a large body and changes nothing else', async () => {
    const edit = { start: 1, end: 1, text: ' "added": 1.0,' };
    const scrubber: Stage = () => ({ kind: 'pass', edits: [edit] });
    const gateway = await gatewayWith({ stages: { scrubber } });
    const sent = bodyOf(3_000_000, 'x');
    const responding = post(gateway, sent);
    const { body, response } = await upstream.next();
    expect(body === `{ "added": 1.0,${sent.toString().slice(1)}`).toBe(true);
    response.end('{}');
    expect((await responding).status).toBe(200);
  });

  it('rejects a body that is too large before it is complete', async () => {
    const gateway = await gatewayWith();
    const rejected = await post(gateway, bodyOf(BODY_BYTES_MAX + 1, 'x')).catch(() => undefined);
    // The client may see the connection close during its upload before it reads the response.
    expect(rejected?.status ?? 413).toBe(413);
    const line = () => gateway.logs().find((entry) => entry['errorCode'] === 'request_too_large');
    await expect.poll(line).toMatchObject({ status: 413, outcome: 'refused' });
    expect(upstream.waiting).toBe(0);
  });
});

/** A valid request of exactly `size` bytes. */
function bodyOf(size: number, letter: string): Buffer<ArrayBuffer> {
  const [before, after] = ['{"model":"m","max_tokens":1,"messages":["', '"]}'];
  return Buffer.from(before + letter.repeat(size - before.length - after.length) + after);
}

/** Of 64 KB each: more than all buffers between upstream and client hold. */
const EVENTS = 1_000;

/** Writes events as fast as the connection accepts them. */
function pour({ response }: HeldRequest, count = EVENTS) {
  const event = `event: content_block_delta\ndata: ${'x'.repeat(64 * 1024)}\n\n`;
  const stop = 'event: message_stop\ndata: {}\n\n';
  let written = 0;
  const write = () => {
    while (written < count) {
      written += 1;
      if (!response.write(event)) return void response.once('drain', write);
    }
    response.end(stop);
  };
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  write();
  return {
    total: count * event.length + stop.length,
    written: () => written * event.length,
  };
}
