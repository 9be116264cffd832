// More than the gateway can take at once: it says so quickly, keeps a stalled client's stream small,
// and carries the largest bodies there are. On every bus.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { BUSES, startGateway, type Gateway, type GatewayOptions } from '../kit/gateway.ts';
import { startSlowUpstream, type HeldRequest, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

describe.each(BUSES)('under load, a gateway on the %s bus', (bus) => {
  let stack: AsyncDisposableStack;
  let upstream: SlowUpstream;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(await startSlowUpstream());
  });
  afterEach(() => stack.disposeAsync());

  async function gatewayWith(replaced: GatewayOptions['replaced'] = {}): Promise<Gateway> {
    return stack.use(await startGateway({ bus, upstreamUrl: upstream.url, replaced }));
  }

  function post(gateway: Gateway, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    return fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body,
    });
  }

  it('answers 529 with retry-after, without waiting, when a room is full', async () => {
    const inFlightMax = { ...limits.inFlightMax, upstream: 2 };
    const gateway = await gatewayWith({ limits: { inFlightMax } });
    const running = [openStream(gateway), openStream(gateway)];
    const held = [await upstream.next(), await upstream.next()];
    const refused = await post(gateway, '{"model":"m","max_tokens":1,"messages":[]}');
    expect(refused.status).toBe(529);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(await refused.json()).toMatchObject({ error: { type: 'overloaded_error' } });

    for (const { response } of held) response.end('{}');
    for (const stream of running) await (await stream).rest();
    const subscription = post(gateway, '{"model":"m","max_tokens":1,"messages":[]}');
    (await upstream.next()).response.end('{}');
    expect((await subscription).status).toBe(200);
  });

  it('reads no further from the upstream than a stalled client has credit for', async () => {
    const gateway = await gatewayWith();
    const { request, stalled } = await stalledStream(gateway);
    const source = pour(request);
    // A healthy stream beside it gets through meanwhile, which also gives the stalled one its time.
    const opening = openStream(gateway);
    const healthy = await upstream.next();
    const healthySource = pour(healthy);
    const { text } = await (await opening).rest();
    expect(text.length).toBe(healthySource.total);
    // Two socket buffers of the kernel, a few megabytes each, stand beside the credit.
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

  it('carries bodies of 32 MB, four at once, byte for byte', async () => {
    const gateway = await gatewayWith();
    const bodies = ['a', 'b', 'c', 'd'].map((message) => bodyOf(limits.bodyBytesMax, message));
    const answers = bodies.map((body) => post(gateway, body));
    for (let n = 0; n < bodies.length; n += 1) {
      const { body, response } = await upstream.next();
      expect(bodies.some((sent) => sent.toString() === body)).toBe(true);
      response.end('{}');
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('carries a big body that a room has changed, with nothing else changed', async () => {
    const edit = { start: 1, end: 1, text: ' "added": 1.0,' };
    const scrubber: Stage = () => ({ kind: 'pass', edits: [edit] });
    const gateway = await gatewayWith({ stages: { scrubber } });
    const sent = bodyOf(3_000_000, 'x');
    const answer = post(gateway, sent);
    const { body, response } = await upstream.next();
    expect(body === `{ "added": 1.0,${sent.toString().slice(1)}`).toBe(true);
    response.end('{}');
    expect((await answer).status).toBe(200);
  });

  it('refuses a larger one before it has come', async () => {
    const gateway = await gatewayWith();
    const refused = await post(gateway, bodyOf(limits.bodyBytesMax + 1, 'x')).catch(
      () => undefined,
    );
    // The client may see the connection close under its upload before it sees the answer.
    expect(refused?.status ?? 413).toBe(413);
    const line = () => gateway.logs().find((entry) => entry['errorCode'] === 'request_too_large');
    await expect.poll(line).toMatchObject({ status: 413, outcome: 'refused' });
    expect(upstream.waiting).toBe(0);
  });
});

/** A valid request of exactly `size` bytes. */
function bodyOf(size: number, message: string): Buffer<ArrayBuffer> {
  const [before, after] = ['{"model":"m","max_tokens":1,"messages":["', '"]}'];
  return Buffer.from(before + message.repeat(size - before.length - after.length) + after);
}

/** Writes 64 MB of events as fast as they are taken. */
function pour({ response }: HeldRequest) {
  const event = `event: content_block_delta\ndata: ${'x'.repeat(64 * 1024)}\n\n`;
  const stop = 'event: message_stop\ndata: {}\n\n';
  const count = 1_000;
  let written = 0;
  const go = () => {
    while (written < count) {
      written += 1;
      if (!response.write(event)) return void response.once('drain', go);
    }
    response.end(stop);
  };
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  go();
  return {
    total: count * event.length + stop.length,
    written: () => written * event.length,
  };
}
