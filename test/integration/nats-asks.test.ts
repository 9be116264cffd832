// Requests over a real broker whose answer says what became of a letter. The clock stands still unless
// a test moves it, so whatever ends here without that has not waited for a time to pass.

import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectNatsBus } from '../../shared/bus/nats.ts';
import { NatsAsks } from '../../shared/bus/nats-requests.ts';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { createFakeClock, type FakeClock } from '../kit/fake-clock.ts';
import { letter } from '../kit/letters.ts';
import { passwordOf, SHIPPED_CONFIG, startNatsServer, type RunningServer } from '../kit/servers.ts';

const TAKE_MS = 1_000;
const NOTHING = new Uint8Array();

describeWith('nats-server')('a request', () => {
  let stack: AsyncDisposableStack;
  let server: RunningServer;
  let nc: NatsConnection;
  let clock: FakeClock;
  let faults: unknown[];
  let asks: NatsAsks;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    server = await startNatsServer();
    stack.defer(() => server[Symbol.asyncDispose]());
    nc = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    clock = createFakeClock();
    faults = [];
    const fault = (error: unknown) => void faults.push(error);
    asks = new NatsAsks({ nc, inbox: '_INBOX.us', clock, takeMs: TAKE_MS, fault });
  });
  afterEach(() => stack.disposeAsync());

  /** Somebody who takes letters at `room`, and has begun to listen. */
  async function serve(take: (message: Msg) => void): Promise<void> {
    const worker = stack.use(await connect({ servers: server.url, reconnectTimeWait: 10 }));
    worker.subscribe('room', { callback: (_, message) => take(message) });
    await worker.flush();
  }

  it.each([
    ['taken', 'taken'],
    ['busy', 'busy'],
    ['refused', 'unknown'],
    ['', 'unknown'],
  ])('that is answered with "%s" ends as %s', async (answer, delivery) => {
    await serve((message) => message.respond(answer));
    expect(await asks.ask('room', NOTHING, headers())).toBe(delivery);
    expect(clock.pending).toBe(0);
  });

  it('brings bytes and headers as they are', async () => {
    const taken: Msg[] = [];
    await serve((message) => {
      taken.push(message);
      message.respond('taken');
    });
    const sent = headers();
    sent.set('llmp-letter', '{"a": "b"}');
    await asks.ask('room', Buffer.from('grüße\0'), sent);
    expect(taken.map(({ data }) => Buffer.from(data).toString())).toEqual(['grüße\0']);
    expect(taken[0]?.headers?.get('llmp-letter')).toBe('{"a": "b"}');
  });

  it('gets its own answer, in whatever order answers come', async () => {
    const waiting: Msg[] = [];
    await serve((message) => {
      if (waiting.push(message) < 50) return;
      for (const each of waiting.toReversed()) each.respond(each.string());
    });
    const answers = Array.from({ length: 50 }, (_, n) => (n % 3 ? 'taken' : 'busy'));
    const ends = answers.map((answer) => asks.ask('room', Buffer.from(answer), headers()));
    expect(await Promise.all(ends)).toEqual(answers);
  });

  it('to where nobody is ends as absent at once, and the next one there as taken', async () => {
    expect(await asks.ask('room', NOTHING, headers())).toBe('absent');
    await serve((message) => message.respond('taken'));
    expect(await asks.ask('room', NOTHING, headers())).toBe('taken');
    expect(clock.pending).toBe(0);
  });

  it('without an answer in time ends as unknown, and a late answer is that of no other', async () => {
    const arrived = Promise.withResolvers<Msg>();
    await serve((message) => {
      if (message.string() === 'slow') arrived.resolve(message);
      else message.respond('busy');
    });
    const slow = asks.ask('room', Buffer.from('slow'), headers());
    const late = await arrived.promise;
    clock.advance(TAKE_MS);
    expect(await slow).toBe('unknown');
    late.respond('taken');
    expect(await asks.ask('room', NOTHING, headers())).toBe('busy');
    expect(clock.pending).toBe(0);
  });

  it('with an answer that cannot be read ends as unknown, and the connection goes on', async () => {
    const unreadable = { encode: () => Buffer.from('NATS/1.0\r\nn\0: x\r\n\r\n') };
    await serve((message) => {
      const isFirst = message.string() === 'first';
      if (isFirst) message.respond('', { headers: Object.assign(headers(), unreadable) });
      else message.respond('taken');
    });
    expect(await asks.ask('room', Buffer.from('first'), headers())).toBe('unknown');
    expect(faults).toHaveLength(1);
    expect(await asks.ask('room', NOTHING, headers())).toBe('taken');
  });

  it('too big for the broker ends as unknown', async () => {
    await serve((message) => message.respond('taken'));
    expect(await asks.ask('room', Buffer.alloc(2 ** 21), headers())).toBe('unknown');
    expect(clock.pending).toBe(0);
  });

  it('that waits when the connection is drained or closed ends as unknown, as do later ones', async () => {
    for (const end of ['drain', 'close'] as const) {
      const other = await connect({ servers: server.url });
      const fault = (error: unknown) => void faults.push(error);
      const inbox = `_INBOX.${end}`;
      const parting = new NatsAsks({ nc: other, inbox, clock, takeMs: TAKE_MS, fault });
      nc.subscribe(`silent.${end}`, { callback() {} });
      await nc.flush();
      const waiting = parting.ask(`silent.${end}`, NOTHING, headers());
      await other.flush();
      await other[end]();
      expect(await waiting).toBe('unknown');
      expect(await parting.ask('room', NOTHING, headers())).toBe('unknown');
    }
    expect(clock.pending).toBe(0);
    expect(faults).toEqual([]);
  });

  it('is answered after the broker was started again', async () => {
    await serve((message) => message.respond('taken'));
    expect(await asks.ask('room', NOTHING, headers())).toBe('taken');
    const found = reconnected(nc);
    await server[Symbol.asyncDispose]();
    server = await startNatsServer({ port: server.port });
    await found;
    const again = () => asks.ask('room', NOTHING, headers());
    await expect.poll(again).toBe('taken');
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
      fault: (error) => void faults.push(error),
    });
    return stack.use(bus);
  }

  it('whose answer the broker keeps back ends as unknown at once, each time with a fault', async () => {
    const bus = await busOf('policy');
    for (const id of ['req_1', 'req_2']) {
      expect(await bus.send(letter({ id, hop: 3 }))).toBe('unknown');
    }
    const subject = expect.stringMatching(/^_INBOX\.policy\./) as unknown;
    const fault = { operation: 'subscription', subject };
    expect(faults).toMatchObject([fault, fault]);
  });

  it('to a room it may not write to ends as unknown at once, with a fault', async () => {
    const bus = await busOf('rag');
    const ends = [letter({ id: 'req_1' }), letter({ id: 'req_2' })].map((each) => bus.send(each));
    expect(await Promise.all(ends)).toEqual(['unknown', 'unknown']);
    const fault = { operation: 'publish', subject: 'llmp.v1.room.scrubber' };
    await expect.poll(() => faults).toMatchObject([fault, fault]);
    expect(await bus.send(letter({ id: 'req_3', hop: 3 }))).toBe('absent');
  });
});

async function reconnected(nc: NatsConnection): Promise<void> {
  for await (const status of nc.status()) if (status.type === 'reconnect') return;
}
