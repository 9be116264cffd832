// Shutdown on every bus: open responses finish, new requests are rejected, and responses that exceed
// the drain time end with an error.

import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startSlowUpstream, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

const START = 'event: message_start\ndata: {}\n\n';
const STOP = 'event: message_stop\ndata: {}\n\n';

describe.each(BOTH_BUSES)('stopping a gateway on the %s bus', (bus) => {
  let stack: AsyncDisposableStack;
  let upstream: SlowUpstream;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(await startSlowUpstream());
  });
  afterEach(() => stack.disposeAsync());

  async function gatewayThatDrainsFor(ms: number): Promise<Gateway> {
    const env = { LLMP_DRAIN_MS: String(ms) };
    return stack.use(await startGateway({ bus, upstreamUrl: upstream.url, env }));
  }

  async function begin(gateway: Gateway, agent?: Agent) {
    const opening = openStream(gateway, undefined, agent);
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(START);
    const client = await opening;
    await client.until(START);
    return { client, response };
  }

  it('waits for open streams and nothing else', async () => {
    const gateway = await gatewayThatDrainsFor(15_000);
    const { client, response } = await begin(gateway);
    let stopped = false;
    const stopping = gateway.stop().then(() => (stopped = true));
    await rejection(gateway);
    expect(stopped).toBe(false);
    response.end(STOP);
    expect(await client.rest()).toEqual({ text: START + STOP, cut: false });
    await stopping;
  });

  it('ends streams that exceed the drain time with an error event', async () => {
    const gateway = await gatewayThatDrainsFor(300);
    const { client } = await begin(gateway);
    const stopping = gateway.stop();
    const { text } = await client.rest();
    expect(text).toMatch(/^event: message_start\ndata: \{\}\n\nevent: error\ndata: .*"draining"/);
    await stopping;
  });

  it('does not wait for an idle keep-alive connection', async () => {
    const gateway = await gatewayThatDrainsFor(3_600_000);
    const agent = new Agent({ keepAlive: true });
    stack.defer(() => agent.destroy());
    const { client, response } = await begin(gateway, agent);
    const stopping = gateway.stop();
    await rejection(gateway);
    response.end(STOP);
    expect(await client.rest()).toEqual({ text: START + STOP, cut: false });
    await stopping;
  });

  it('does not wait forever for a client that does not read', async () => {
    const gateway = await gatewayThatDrainsFor(2_000);
    const { client, response } = await begin(gateway);
    client.response.pause();
    // More than all socket buffers on the path can hold.
    for (let n = 0; n < 64; n += 1) response.write(event('a'.repeat(1024 * 1024)));
    response.end(STOP);
    await gateway.stop();
    client.response.resume();
    expect((await client.rest()).text).not.toContain(STOP);
  });

  it('does not wait forever for an incomplete request', async () => {
    const gateway = await gatewayThatDrainsFor(300);
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')));
    const head = ['POST /v1/messages HTTP/1.1', 'host: a', `x-api-key: ${gateway.key}`];
    head.push('content-type: application/json', 'expect: 100-continue', 'content-length: 9');
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    await new Promise((resolve) => socket.once('data', resolve));
    await gateway.stop();
    expect(await closed).toBe('closed');
  });

  it('does not wait forever for a stage that never finishes', async () => {
    const reached = Promise.withResolvers<void>();
    const policy = () => {
      reached.resolve();
      return new Promise<never>(() => {});
    };
    const gateway = stack.use(
      await startGateway({ bus, env: { LLMP_DRAIN_MS: '300' }, replaced: { stages: { policy } } }),
    );
    const opening = openStream(gateway);
    await reached.promise;
    await gateway.stop();
    const client = await opening;
    expect(client.response.statusCode).toBe(503);
    expect((await client.rest()).text).toContain('"draining"');
  });
});

function event(text: string): string {
  return `event: content_block_delta\ndata: ${JSON.stringify({ text })}\n\n`;
}

/** Resolves once new connections are refused. */
async function rejection(gateway: Gateway): Promise<void> {
  await expect
    .poll(() =>
      fetch(gateway.url, { method: 'HEAD' }).then(
        () => 'served',
        () => 'refused',
      ),
    )
    .toBe('refused');
}
