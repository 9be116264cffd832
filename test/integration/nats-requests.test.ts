// NATS requests against a real broker. The fake clock only moves when a test advances it, so nothing
// else here waits for a timeout.

import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectNatsBus } from '../../shared/bus/nats.ts';
import { NatsRequests } from '../../shared/bus/nats-requests.ts';
import { Outbox } from '../../shared/bus/nats-outbox.ts';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { createFakeClock, type FakeClock } from '../kit/fake-clock.ts';
import { requestMessage } from '../kit/request-messages.ts';
import { passwordOf, SHIPPED_CONFIG, startNatsServer, type RunningServer } from '../kit/servers.ts';

const ACCEPT_MS = 1_000;
const EMPTY = new Uint8Array();

describeWith('nats-server')('a request', () => {
  let stack: AsyncDisposableStack;
  let server: RunningServer;
  let nc: NatsConnection;
  let clock: FakeClock;
  let errors: unknown[];
  let requests: NatsRequests;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = await startNatsServer();
    stack.defer(() => server[Symbol.asyncDispose]());
    nc = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    clock = createFakeClock();
    errors = [];
    requests = requestsOn(nc);
  });
  afterEach(() => stack.disposeAsync());

  function requestsOn(connection: NatsConnection, inbox = '_INBOX.us'): NatsRequests {
    const onError = (error: unknown) => void errors.push(error);
    const outbox = new Outbox(connection);
    return new NatsRequests({ nc: connection, outbox, inbox, clock, acceptMs: ACCEPT_MS, onError });
  }

  /** Subscribes a worker to the subject `stage`. */
  async function serve(onRequest: (message: Msg) => void): Promise<void> {
    const worker = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    worker.subscribe('stage', { callback: (_, message) => onRequest(message) });
    await worker.flush();
  }

  it.each([
    ['accepted', 'accepted'],
    ['busy', 'busy'],
    ['refused', 'timeout'],
    ['', 'timeout'],
  ])('with the reply "%s" resolves to %s', async (reply, delivery) => {
    await serve((message) => message.respond(reply));
    expect(await requests.request('stage', EMPTY, headers())).toBe(delivery);
    expect(clock.pending).toBe(0);
  });

  it('carries bytes and headers unchanged', async () => {
    const received: Msg[] = [];
    await serve((message) => {
      received.push(message);
      message.respond('accepted');
    });
    const sent = headers();
    sent.set('llmp-envelope', '{"a": "b"}');
    await requests.request('stage', Buffer.from('grüße\0'), sent);
    expect(received.map(({ data }) => Buffer.from(data).toString())).toEqual(['grüße\0']);
    expect(received[0]?.headers?.get('llmp-envelope')).toBe('{"a": "b"}');
  });

  it('gets its own reply, whatever the order of replies', async () => {
    const waiting: Msg[] = [];
    await serve((message) => {
      if (waiting.push(message) < 50) return;
      for (const each of waiting.toReversed()) each.respond(each.string());
    });
    const replies = Array.from({ length: 50 }, (_, n) => (n % 3 ? 'accepted' : 'busy'));
    const ends = replies.map((reply) => requests.request('stage', Buffer.from(reply), headers()));
    expect(await Promise.all(ends)).toEqual(replies);
  });

  it('reads a reply that arrived while the event loop was blocked', async () => {
    await serve((message) => message.respond('accepted'));
    const reply = requests.request('stage', EMPTY, headers());
    clock.block(ACCEPT_MS * 5);
    expect(await reply).toBe('accepted');
  });

  it('without a reply resolves to timeout soon after the event loop was blocked', async () => {
    await serve(() => {});
    const reply = requests.request('stage', EMPTY, headers());
    clock.block(ACCEPT_MS * 5);
    clock.advance(ACCEPT_MS);
    expect(await reply).toBe('timeout');
  });

  it('without a subscriber resolves to no_responders at once, and to accepted with one', async () => {
    expect(await requests.request('stage', EMPTY, headers())).toBe('no_responders');
    await serve((message) => message.respond('accepted'));
    expect(await requests.request('stage', EMPTY, headers())).toBe('accepted');
    expect(clock.pending).toBe(0);
  });

  it('without a reply in time resolves to timeout, and ignores the late reply', async () => {
    const arrived = Promise.withResolvers<Msg>();
    await serve((message) => {
      if (message.string() === 'slow') arrived.resolve(message);
      else message.respond('busy');
    });
    const slow = requests.request('stage', Buffer.from('slow'), headers());
    const late = await arrived.promise;
    clock.advance(ACCEPT_MS);
    expect(await slow).toBe('timeout');
    late.respond('accepted');
    expect(await requests.request('stage', EMPTY, headers())).toBe('busy');
    expect(clock.pending).toBe(0);
  });

  it('with an unreadable reply resolves to timeout, and the connection stays usable', async () => {
    const unreadable = { encode: () => Buffer.from('NATS/1.0\r\nn\0: x\r\n\r\n') };
    await serve((message) => {
      const isFirst = message.string() === 'first';
      if (isFirst) message.respond('', { headers: Object.assign(headers(), unreadable) });
      else message.respond('accepted');
    });
    expect(await requests.request('stage', Buffer.from('first'), headers())).toBe('timeout');
    expect(errors).toHaveLength(1);
    expect(await requests.request('stage', EMPTY, headers())).toBe('accepted');
  });

  it('too large for the broker resolves to timeout', async () => {
    await serve((message) => message.respond('accepted'));
    expect(await requests.request('stage', Buffer.alloc(2 ** 21), headers())).toBe('timeout');
    expect(clock.pending).toBe(0);
  });

  it('resolves to timeout when the connection is drained or closed, as do later ones', async () => {
    for (const end of ['drain', 'close'] as const) {
      const other = await connect({ servers: server.url });
      const closing = requestsOn(other, `_INBOX.${end}`);
      nc.subscribe(`silent.${end}`, { callback() {} });
      await nc.flush();
      const waiting = closing.request(`silent.${end}`, EMPTY, headers());
      await other.flush();
      await other[end]();
      expect(await waiting).toBe('timeout');
      expect(await closing.request('stage', EMPTY, headers())).toBe('timeout');
    }
    expect(clock.pending).toBe(0);
    expect(errors).toEqual([]);
  });

  it('succeeds after a broker restart', async () => {
    await serve((message) => message.respond('accepted'));
    expect(await requests.request('stage', EMPTY, headers())).toBe('accepted');
    const reconnect = reconnected(nc);
    await server[Symbol.asyncDispose]();
    server = await startNatsServer({ port: server.port });
    await reconnect;
    const retry = () => requests.request('stage', EMPTY, headers());
    await expect.poll(retry).toBe('accepted');
    expect(errors).toEqual([]);
  });
});

describeWith('nats-server')('a request without permission', () => {
  let stack: AsyncDisposableStack;
  let server: RunningServer;
  let errors: unknown[];
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    errors = [];
  });
  afterEach(() => stack.disposeAsync());

  /** A bus with the credentials of rag. */
  async function busOf(role: string) {
    const bus = await connectNatsBus({
      servers: [server.url],
      user: 'rag',
      password: passwordOf('rag'),
      name: 'test',
      role,
      version: '0.0.0',
      internal: { host: '127.0.0.1', port: 0 },
      clock: createFakeClock(),
      limits: { ...limits.bus, ...limits.pipeline },
      onError: (error) => void errors.push(error),
    });
    return stack.use(bus);
  }

  it('to subscribe to replies resolves to timeout at once, with an error each time', async () => {
    const bus = await busOf('policy');
    for (const id of ['req_1', 'req_2']) {
      expect(await bus.send(requestMessage({ id, position: 3 }))).toBe('timeout');
    }
    const subject = expect.stringMatching(/^_INBOX\.policy\./) as unknown;
    const denied = { operation: 'subscription', subject };
    expect(errors).toMatchObject([denied, denied]);
  });

  it('to publish to a stage resolves to timeout at once, with an error each time', async () => {
    const bus = await busOf('rag');
    const ends = [requestMessage({ id: 'req_1' }), requestMessage({ id: 'req_2' })].map((each) =>
      bus.send(each),
    );
    expect(await Promise.all(ends)).toEqual(['timeout', 'timeout']);
    const denied = { operation: 'publish', subject: 'llmp.v1.stage.scrubber' };
    await expect.poll(() => errors).toMatchObject([denied, denied]);
    expect(await bus.send(requestMessage({ id: 'req_3', position: 3 }))).toBe('no_responders');
  });
});

async function reconnected(nc: NatsConnection): Promise<void> {
  for await (const status of nc.status()) if (status.type === 'reconnect') return;
}
