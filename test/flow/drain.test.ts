// Stopping: what is open is finished, what is new is refused, what does not end in time is ended
// with an honest error. On every bus.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startSlowUpstream, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

const START = 'event: message_start\ndata: {}\n\n';
const STOP = 'event: message_stop\ndata: {}\n\n';

describe.each(BUSES)('stopping a gateway on the %s bus', (bus) => {
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

  async function begin(gateway: Gateway) {
    const opening = openStream(gateway);
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(START);
    const client = await opening;
    await client.until(START);
    return { client, response };
  }

  it('waits for open streams and then for nothing', async () => {
    const gateway = await gatewayThatDrainsFor(15_000);
    const { client, response } = await begin(gateway);
    let stopped = false;
    const stopping = gateway.stop().then(() => (stopped = true));
    await refusal(gateway);
    expect(stopped).toBe(false);
    response.end(STOP);
    expect(await client.rest()).toEqual({ text: START + STOP, cut: false });
    await stopping;
  });

  it('ends what is still open after the drain time with an error event', async () => {
    const gateway = await gatewayThatDrainsFor(300);
    const { client } = await begin(gateway);
    const stopping = gateway.stop();
    const { text } = await client.rest();
    expect(text).toMatch(/^event: message_start\ndata: \{\}\n\nevent: error\ndata: .*"draining"/);
    await stopping;
  });
});

/** Resolves once new connections are refused. */
async function refusal(gateway: Gateway): Promise<void> {
  await expect
    .poll(() =>
      fetch(gateway.url, { method: 'HEAD' }).then(
        () => 'served',
        () => 'refused',
      ),
    )
    .toBe('refused');
}
