// What an exchange answers to workers that ask, and what it does without a broker.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus, Delivery } from '../../../../shared/bus/bus.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createEvents } from '../../../../shared/events.ts';
import { limits } from '../../../../shared/limits.ts';
import { createLog } from '../../../../shared/log.ts';
import type {
  ControlMeta,
  Envelope,
  FrameMeta,
  StageName,
} from '../../../../shared/protocol/messages.ts';
import { Exchange } from '../../../../services/ingress/dispatch/exchange.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const ROUTING_SLIP: StageName[] = ['scrubber', 'upstream'];

let clock: FakeClock;
let exchange: Exchange;
let controls: ControlMeta[];
let deadlines: number[];
let deliver: () => Promise<Delivery>;
beforeEach(() => {
  clock = createFakeClock();
  controls = [];
  deadlines = [];
  deliver = () => Promise.resolve('accepted');
  begin();
});

function begin(fields: Partial<Envelope> = {}): void {
  const bus: Pick<Bus, 'send' | 'postControl' | 'connected' | 'release'> = {
    send({ meta }) {
      deadlines.push(meta.deadlineMs);
      return deliver();
    },
    postControl: (_address, { meta }) => void controls.push(meta),
    connected: () => true,
    release() {},
  };
  exchange = new Exchange({
    bus: bus as Bus,
    clock,
    limits: limits.pipeline,
    events: createEvents(createLog('silent')),
    message: requestMessage({ routingSlip: ROUTING_SLIP, ...fields }),
    quarantine: new Quarantine({ clock, limits: limits.pipeline }),
  });
  exchange.response.catch(() => {});
}

interface Question {
  readonly attempt?: number;
  readonly from?: string;
  readonly lease?: string;
  readonly call?: number;
}

/** Kinds of the controls that a question causes; `unknown` if the ingress knows no such attempt. */
function ask(
  stageName: StageName,
  { attempt = 1, from, lease, call = 1 }: Question = {},
): string[] {
  controls.length = 0;
  const sender = from ?? stageName;
  const meta: FrameMeta = {
    kind: 'ask',
    id: 'req_1',
    attempt,
    position: ROUTING_SLIP.indexOf(stageName),
    seq: 0,
    from: sender,
    lease: lease ?? sender,
    question: 7,
    call,
  };
  return exchange.receive({ meta }, stageName) ? controls.map(({ kind }) => kind) : ['unknown'];
}

function frame(stageName: StageName) {
  const position = ROUTING_SLIP.indexOf(stageName);
  return { id: 'req_1', attempt: 1, position, seq: 0, from: stageName };
}

function pass(stageName: StageName): void {
  const meta: FrameMeta = { kind: 'pass', ...frame(stageName), tookMs: 1, bodySize: 1 };
  exchange.receive({ meta }, stageName);
}

/** Its delivery of the message was not confirmed, for example. */
function fail(stageName: StageName): void {
  const error = { code: 'worker_lost', message: 'No worker responded.' } as const;
  exchange.receive({ meta: { kind: 'error', ...frame(stageName), ...error } }, stageName);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

async function loseWorker(): Promise<void> {
  clock.advance(limits.pipeline.heartbeatTimeoutMs + 1);
  exchange.tick(clock.monotonic());
  await settle();
}

describe('an exchange that is asked', () => {
  it('permits a call to the upstream worker of its attempt, and repeats its answer', () => {
    expect(ask('upstream')).toEqual(['permit']);
    expect(controls).toMatchObject([{ lease: 'upstream', question: 7, call: 1, mayRepeat: true }]);
    expect(ask('upstream')).toEqual(['permit']);
  });

  it('stops a second worker, and a second task, with the same message', () => {
    ask('upstream');
    expect(ask('upstream', { from: 'ghost' })).toEqual(['cancel']);
    expect(ask('upstream', { lease: 'again' })).toEqual(['cancel']);
  });

  it('permits one call for what must not happen twice, and is not dispatched again', async () => {
    begin({ passThrough: 'batches', method: 'POST' });
    expect(ask('upstream')).toEqual(['permit']);
    expect(controls).toMatchObject([{ call: 1, mayRepeat: false }]);
    expect(ask('upstream', { call: 2 })).toEqual(['cancel']);
    await loseWorker();
    expect(deadlines).toHaveLength(2);
    await expect(exchange.response).rejects.toMatchObject({ code: 'worker_lost' });
  });

  it('confirms the attempt to every other stage, any number of times', () => {
    for (let nth = 0; nth < 9; nth += 1) {
      expect(ask('scrubber', { call: 0 })).toEqual(['permit']);
    }
    expect(exchange.unknownCalls).toBe(0);
    expect(ask('upstream')).toEqual(['permit']);
  });

  it.each([
    ['an earlier stage cannot know of', 'scrubber', 1],
    ['its own worker knows the outcome of', 'upstream', 0],
  ] as const)('counts a call that %s as unknown, or not', async (_, stageName, unknownCalls) => {
    if (stageName === 'upstream') pass('scrubber');
    expect(ask('upstream')).toEqual(['permit']);
    fail(stageName);
    await settle();
    expect(exchange.attempts).toBe(2);
    expect(exchange.unknownCalls).toBe(unknownCalls);
  });

  it('permits nothing to an attempt that it has given up', async () => {
    ask('upstream');
    await loseWorker();
    expect(ask('upstream')).toEqual(['unknown']);
    expect(exchange.unknownCalls).toBe(1);
    expect(ask('upstream', { attempt: 2 })).toEqual(['permit']);
  });

  it('permits nothing after its client has left, and knows no outcome of what it permitted', () => {
    ask('upstream');
    exchange.cancel(new LlmpError('client_disconnected'));
    expect(ask('upstream')).toEqual(['unknown']);
    expect(exchange.unknownCalls).toBe(1);
  });

  it('tells every attempt how much time is left', async () => {
    await loseWorker();
    const { requestMs, heartbeatTimeoutMs } = limits.pipeline;
    expect(deadlines).toEqual([requestMs, requestMs - heartbeatTimeoutMs - 1]);
  });
});

describe('an exchange whose broker is down', () => {
  const codeOf = () =>
    exchange.response.then(
      () => 'no error',
      (error: unknown) => LlmpError.from(error).code,
    );

  it('fails at once if no worker has the request', async () => {
    deliver = () => Promise.resolve('disconnected');
    deadlines.length = 0;
    begin();
    expect(await codeOf()).toBe('bus_down');
    expect(deadlines).toHaveLength(1);
  });

  it('waits if a worker has been heard, although nobody confirmed the delivery', async () => {
    const delivered = Promise.withResolvers<Delivery>();
    deliver = () => delivered.promise;
    begin();
    ask('scrubber', { call: 0 });
    delivered.resolve('disconnected');
    await settle();
    expect(exchange.isOver).toBe(false);
  });

  it('is dispatched again when a worker could not pass it on', async () => {
    const meta = { id: 'req_1', attempt: 1, position: 0, seq: 0, from: 'scrubber' };
    exchange.receive(
      { meta: { kind: 'error', ...meta, code: 'bus_down', message: '' } },
      'scrubber',
    );
    expect(exchange.attempts).toBe(2);
  });
});
