// Requests over a real broker whose answer says what became of a message. The clock stands still unless
// a test moves it, so whatever ends here without that has not waited for a time to pass.

import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectNatsBus } from '../../shared/bus/nats.ts';
import { NatsRequests } from '../../shared/bus/nats-requests.ts';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { createFakeClock, type FakeClock } from '../kit/fake-clock.ts';
import { requestMessage } from '../kit/request-messages.ts';
import { passwordOf, SHIPPED_CONFIG, startNatsServer, type RunningServer } from '../kit/servers.ts';

const TAKE_MS = 1_000;
const NOTHING = new Uint8Array();

describeWith('nats-server')('a request', () => {
  let stack: AsyncDisposableStack;
  let server: RunningServer;
  let nc: NatsConnection;
  let clock: FakeClock;
  let faults: unknown[];
  let asks: NatsRequests;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = await startNatsServer();
    stack.defer(() => server[Symbol.asyncDispose]());
    nc = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    clock = createFakeClock();
    faults = [];
    const onError = (error: unknown) => void faults.push(error);
    asks = new NatsRequests({ nc, inbox: '_INBOX.us', clock, acceptMs: TAKE_MS, onError });
  });
  afterEach(() => stack.disposeAsync());

  /** Somebody who takes messages at `worker`, and has begun to listen. */
  async function serve(take: (message: Msg) => void): Promise<void> {
    const worker = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    worker.subscribe('room', { callback: (_, message) => take(message) });
    await worker.flush();
  }

  it.each([
    ['accepted', 'accepted'],
    ['busy', 'busy'],
    ['refused', 'timeout'],
    ['', 'timeout'],
  ])('that is answered with "%s" ends as %s', async (answer, delivery) => {
    await serve((message) => message.respond(answer));
    expect(await asks.request('room', NOTHING, headers())).toBe(delivery);
    expect(clock.pending).toBe(0);
  });

  it('brings bytes and headers as they are', async () => {
    const taken: Msg[] = [];
    await serve((message) => {
      taken.push(message);
      message.respond('accepted');
    });
    const sent = headers();
    sent.set('llmp-envelope', '{"a": "b"}');
    await asks.request('room', Buffer.from('grüße\0'), sent);
    expect(taken.map(({ data }) => Buffer.from(data).toString())).toEqual(['grüße\0']);
    expect(taken[0]?.headers?.get('llmp-envelope')).toBe('{"a": "b"}');
  });

  it('gets its own answer, in whatever order answers come', async () => {
    const waiting: Msg[] = [];
    await serve((message) => {
      if (waiting.push(message) < 50) return;
      for (const each of waiting.toReversed()) each.respond(each.string());
    });
    const answers = Array.from({ length: 50 }, (_, n) => (n % 3 ? 'accepted' : 'busy'));
    const ends = answers.map((answer) => asks.request('room', Buffer.from(answer), headers()));
    expect(await Promise.all(ends)).toEqual(answers);
  });

  it('to where nobody is ends as absent at once, and the next one there as taken', async () => {
    expect(await asks.request('room', NOTHING, headers())).toBe('no_responders');
    await serve((message) => message.respond('accepted'));
    expect(await asks.request('room', NOTHING, headers())).toBe('accepted');
    expect(clock.pending).toBe(0);
  });

  it('without an answer in time ends as unknown, and a late answer is that of no other', async () => {
    const arrived = Promise.withResolvers<Msg>();
    await serve((message) => {
      if (message.string() === 'slow') arrived.resolve(message);
      else message.respond('busy');
    });
    const slow = asks.request('room', Buffer.from('slow'), headers());
    const late = await arrived.promise;
    clock.advance(TAKE_MS);
    expect(await slow).toBe('timeout');
    late.respond('accepted');
    expect(await asks.request('room', NOTHING, headers())).toBe('busy');
    expect(clock.pending).toBe(0);
  });

  it('with an answer that cannot be read ends as unknown, and the connection goes on', async () => {
    const unreadable = { encode: () => Buffer.from('NATS/1.0\r\nn\0: x\r\n\r\n') };
    await serve((message) => {
      const isFirst = message.string() === 'first';
      if (isFirst) message.respond('', { headers: Object.assign(headers(), unreadable) });
      else message.respond('accepted');
    });
    expect(await asks.request('room', Buffer.from('first'), headers())).toBe('timeout');
    expect(faults).toHaveLength(1);
    expect(await asks.request('room', NOTHING, headers())).toBe('accepted');
  });

  it('too big for the broker ends as unknown', async () => {
    await serve((message) => message.respond('accepted'));
    expect(await asks.request('room', Buffer.alloc(2 ** 21), headers())).toBe('timeout');
    expect(clock.pending).toBe(0);
  });

  it('that waits when the connection is drained or closed ends as unknown, as do later ones', async () => {
    for (const end of ['drain', 'close'] as const) {
      const other = await connect({ servers: server.url });
      const onError = (error: unknown) => void faults.push(error);
      const inbox = `_INBOX.${end}`;
      const parting = new NatsRequests({ nc: other, inbox, clock, acceptMs: TAKE_MS, onError });
      nc.subscribe(`silent.${end}`, { callback() {} });
      await nc.flush();
      const waiting = parting.request(`silent.${end}`, NOTHING, headers());
      await other.flush();
      await other[end]();
      expect(await waiting).toBe('timeout');
      expect(await parting.request('room', NOTHING, headers())).toBe('timeout');
    }
    expect(clock.pending).toBe(0);
    expect(faults).toEqual([]);
  });

  it('is answered after the broker was started again', async () => {
    await serve((message) => message.respond('accepted'));
    expect(await asks.request('room', NOTHING, headers())).toBe('accepted');
    const found = reconnected(nc);
    await server[Symbol.asyncDispose]();
    server = await startNatsServer({ port: server.port });
    await found;
    const again = () => asks.request('room', NOTHING, headers());
    await expect.poll(again).toBe('accepted');
    expect(faults).toEqual([]);
  });
});

describeWith('nats-server')('a letter', () => {
  let stack: AsyncDisposableStack;
  let server: RunningServer;
  let faults: unknown[];
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    faults = [];
  });
  afterEach(() => stack.disposeAsync());

  /** The bus of one who has the credentials of rag. */
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
      limits,
      onError: (error) => void faults.push(error),
    });
    return stack.use(bus);
  }

  it('whose answer the broker keeps back ends as unknown at once, each time with a fault', async () => {
    const bus = await busOf('policy');
    for (const id of ['req_1', 'req_2']) {
      expect(await bus.send(requestMessage({ id, position: 3 }))).toBe('timeout');
    }
    const subject = expect.stringMatching(/^_INBOX\.policy\./) as unknown;
    const onError = { operation: 'subscription', subject };
    expect(faults).toMatchObject([onError, onError]);
  });

  it('to a room it may not write to ends as unknown at once, with a fault', async () => {
    const bus = await busOf('rag');
    const ends = [requestMessage({ id: 'req_1' }), requestMessage({ id: 'req_2' })].map((each) =>
      bus.send(each),
    );
    expect(await Promise.all(ends)).toEqual(['timeout', 'timeout']);
    const onError = { operation: 'publish', subject: 'llmp.v1.stage.scrubber' };
    await expect.poll(() => faults).toMatchObject([onError, onError]);
    expect(await bus.send(requestMessage({ id: 'req_3', position: 3 }))).toBe('no_responders');
  });
});

async function reconnected(nc: NatsConnection): Promise<void> {
  for await (const status of nc.status()) if (status.type === 'reconnect') return;
}
