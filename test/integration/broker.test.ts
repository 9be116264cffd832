// Streams survive a broker restart and the loss of a cluster node byte for byte, because
// unacknowledged frames are sent again.

import { describeWith } from '../kit/describe-with.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startNatsCluster, startNatsServer, type RunningServer } from '../kit/servers.ts';
import { startSlowUpstream, type HeldRequest, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream, type OpenStream } from '../kit/stream-client.ts';

const STREAMS = 20;

describeWith('nats-server')('open streams', () => {
  let stack: AsyncDisposableStack;
  let upstream: SlowUpstream;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(await startSlowUpstream());
  });
  afterEach(() => stack.disposeAsync());

  async function gatewayAt(servers: readonly RunningServer[]): Promise<Gateway> {
    const natsUrl = servers.map(({ url }) => url).join(',');
    const gateway = await startGateway({ bus: 'nats', natsUrl, upstreamUrl: upstream.url });
    return stack.use(gateway);
  }

  /** Opens streams that have each delivered their first event. */
  async function begin(gateway: Gateway): Promise<{ clients: OpenStream[]; held: HeldRequest[] }> {
    const opening = Array.from({ length: STREAMS }, () => openStream(gateway));
    const held = await Promise.all(opening.map(() => upstream.next()));
    for (const { response } of held) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event(0));
    }
    const clients = await Promise.all(opening);
    await Promise.all(clients.map((client) => client.until(event(0))));
    return { clients, held };
  }

  async function finish(
    clients: readonly OpenStream[],
    held: readonly HeldRequest[],
    from: number,
  ) {
    const rest = Array.from({ length: 50 }, (_, n) => event(from + n)).join('');
    for (const { response } of held) response.end(`${rest}event: message_stop\ndata: {}\n\n`);
    return await Promise.all(clients.map((client) => client.rest()));
  }

  function completeStream(events: number): string {
    const all = Array.from({ length: events }, (_, n) => event(n)).join('');
    return `${all}event: message_stop\ndata: {}\n\n`;
  }

  it('are complete after the broker was killed and restarted', async () => {
    const broker = await startNatsServer();
    const gateway = await gatewayAt([broker]);
    const { clients, held } = await begin(gateway);
    broker.process.kill('SIGKILL');
    await new Promise((resolve) => broker.process.once('exit', resolve));
    // These events are published while no broker is running.
    for (let n = 1; n < 50; n += 1) for (const { response } of held) response.write(event(n));
    await expect.poll(() => connectionStates(gateway)).toContain('lost');
    stack.use(await startNatsServer({ port: broker.port }));
    const ends = await finish(clients, held, 50);
    expect(ends.every(({ text }) => text === completeStream(100))).toBe(true);
  });

  it('are complete, and new ones work, after one of three brokers was killed', async () => {
    const brokers = await startNatsCluster(3);
    for (const broker of brokers) stack.use(broker);
    const gateway = await gatewayAt(brokers);
    const { clients, held } = await begin(gateway);
    brokers[0]?.process.kill('SIGKILL');
    for (let n = 1; n < 50; n += 1) for (const { response } of held) response.write(event(n));
    const ends = await finish(clients, held, 50);
    expect(ends.every(({ text }) => text === completeStream(100))).toBe(true);
    const again = await begin(gateway);
    const secondEnds = await finish(again.clients, again.held, 1);
    expect(secondEnds.every(({ text }) => text === completeStream(51))).toBe(true);
  });
});

function event(n: number): string {
  return `event: content_block_delta\ndata: {"n":${n},"text":"${'word '.repeat(n % 7)}"}\n\n`;
}

function connectionStates(gateway: Gateway): unknown[] {
  return gateway.logs().map((line) => line['state']);
}
