// The requests of an ingress and the heartbeats of their workers, with a fake clock and bus.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus, ReceiveFrame } from '../../../../shared/bus/bus.ts';
import { createEvents } from '../../../../shared/events.ts';
import { limits } from '../../../../shared/limits.ts';
import { createLog } from '../../../../shared/log.ts';
import type { Envelope, FrameMeta } from '../../../../shared/protocol/messages.ts';
import { InFlightRequests } from '../../../../services/ingress/dispatch/in-flight-requests.ts';
import type { Exchange } from '../../../../services/ingress/dispatch/exchange.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

type BlockedBy = 'this' | 'other' | 'unknown';

const { heartbeatMs, heartbeatTimeoutMs, blockedMaxMs, stageMs } = limits.pipeline;

let clock: FakeClock;
let requests: InFlightRequests;
let receive: ReceiveFrame;
let sent: Envelope[];
let cancelled: string[];

beforeEach(async () => {
  clock = createFakeClock();
  sent = [];
  cancelled = [];
  const bus: Pick<Bus, 'send' | 'postControl' | 'connected' | 'release' | 'openIngressInbox'> = {
    async send({ meta }) {
      sent.push(meta);
      return 'accepted';
    },
    postControl(address, { meta }) {
      if (meta.kind === 'cancel') cancelled.push(address);
    },
    connected: () => true,
    release() {},
    async openIngressInbox(receiver) {
      receive = receiver;
      return { address: 'ingress', close: async () => {} };
    },
  };
  const events = createEvents(createLog('silent'));
  requests = await InFlightRequests.start({
    bus: bus as Bus,
    clock,
    limits: limits.pipeline,
    events,
  });
});

async function begin(id: string, body = id): Promise<Exchange> {
  const { meta, ...message } = requestMessage(
    { id, routingSlip: ['scrubber', 'upstream'] },
    Buffer.from(body),
  );
  const exchange = requests.begin(meta, message.body);
  exchange.response.catch(() => {});
  await settle();
  return exchange;
}

/** Lets time pass with the heartbeats of a worker that holds the requests. */
async function beat(ms: number, heartbeats: Record<string, BlockedBy | undefined>): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += heartbeatMs) {
    for (const [id, blockedBy] of Object.entries(heartbeats)) {
      const attempt = sent.findLast((meta) => meta.id === id)?.attempt ?? 1;
      receive({ meta: heartbeat(id, attempt, blockedBy) }, 'scrubber');
    }
    clock.advance(heartbeatMs);
    await settle();
  }
}

function heartbeat(id: string, attempt: number, blockedBy?: BlockedBy): FrameMeta {
  const base = { kind: 'heartbeat', id, attempt, position: 0, seq: -1, from: 'worker' } as const;
  return blockedBy ? { ...base, blockedBy } : base;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const attemptsOf = (id: string) => sent.filter((meta) => meta.id === id).length;

const codeOf = async ({ response }: Exchange) =>
  await response.then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );

describe('an ingress', () => {
  it('waits for a worker that is blocked but sends heartbeats, up to the time of its stage', async () => {
    const exchange = await begin('a');
    await beat(stageMs - heartbeatMs, { a: undefined });
    expect([exchange.isOver, attemptsOf('a')]).toEqual([false, 1]);
    await beat(3 * heartbeatMs, { a: undefined });
    expect(await codeOf(exchange)).toBe('stage_timeout');
    // It was slow, and counts as no lost worker.
    const again = await begin('b', 'a');
    await beat(heartbeatMs, { b: 'this' });
    expect(await codeOf(again)).toBe('stage_timeout');
  });

  it('dispatches the requests of a worker that neither turns nor sends heartbeats again', async () => {
    await Promise.all([begin('a'), begin('b')]);
    await beat(heartbeatMs, { a: undefined, b: undefined });
    clock.advance(heartbeatTimeoutMs + heartbeatMs);
    await settle();
    expect([attemptsOf('a'), attemptsOf('b')]).toEqual([2, 2]);
  });

  it('ends the request that makes a worker hang, and dispatches its other requests again', async () => {
    const [atFault, other] = await Promise.all([begin('a'), begin('b')]);
    await beat(blockedMaxMs, { a: undefined, b: undefined });
    await beat(heartbeatMs, { a: 'this', b: 'other' });
    expect(await codeOf(atFault)).toBe('stage_timeout');
    expect([other.isOver, attemptsOf('a'), attemptsOf('b')]).toEqual([false, 1, 2]);
  });

  it('refuses a body that has made two workers hang, and no body that was with it', async () => {
    for (const [id, code] of [
      ['a', 'stage_timeout'],
      ['b', 'request_quarantined'],
    ] as const) {
      const atFault = await begin(id, 'hangs');
      const other = await begin(`other ${id}`, 'harmless');
      await beat(heartbeatMs, { [id]: 'this', [other.id]: 'other' });
      expect(await codeOf(atFault)).toBe(code);
    }
    await expect(begin('c', 'hangs')).rejects.toMatchObject({ code: 'request_quarantined' });
    expect((await begin('d', 'harmless')).isOver).toBe(false);
  });

  it('accepts a body again whose worker was only slow after all', async () => {
    const atFault = await begin('a', 'slow');
    await beat(heartbeatMs, { a: 'this' });
    requests.forget(atFault);
    receive({ meta: heartbeat('a', 1, 'this') }, 'scrubber');
    receive({ meta: heartbeat('a', 1) }, 'scrubber');
    const again = await begin('b', 'slow');
    await beat(heartbeatMs, { b: 'this' });
    expect(await codeOf(again)).toBe('stage_timeout');
  });

  it('sends no controls to a worker that hangs about requests that are over', async () => {
    const atFault = await begin('a');
    await beat(heartbeatMs, { a: 'this' });
    requests.forget(atFault);
    cancelled = [];
    receive({ meta: heartbeat('a', 1, 'this') }, 'scrubber');
    expect(cancelled).toEqual([]);
    receive({ meta: heartbeat('a', 1) }, 'scrubber');
    expect(cancelled).toEqual(['worker']);
  });
});
