// An exchange and its upstream workers over a bus that delays, repeats and loses everything: the number of
// calls stays bounded, and every call is accounted for.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bus, Delivery } from '../../../../shared/bus/bus.ts';
import { createEvents } from '../../../../shared/events.ts';
import { limits } from '../../../../shared/limits.ts';
import { createLog } from '../../../../shared/log.ts';
import { StageTask } from '../../../../shared/pipeline/task.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import type {
  AskMeta,
  Control,
  Frame,
  RequestMessage,
} from '../../../../shared/protocol/messages.ts';
import type { Stage, UpstreamContext } from '../../../../shared/protocol/stage.ts';
import { Exchange } from '../../../../services/ingress/dispatch/exchange.ts';
import { PermittedCalls } from '../../../../services/ingress/dispatch/permitted-calls.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const CALLS_MAX = limits.pipeline.upstreamAttemptsMax;
const PIPELINE = { ...limits.pipeline, lostWorkersMax: 99 };

describe('the calls of a request', () => {
  const ask = (lease: string, call: number): AskMeta => ({
    kind: 'ask',
    id: 'req_1',
    attempt: 1,
    position: 0,
    seq: 0,
    from: 'worker',
    lease,
    question: 1,
    call,
  });

  it('are permitted to one task of an attempt, as often as it asks', () => {
    const calls = new PermittedCalls(limits.pipeline);
    for (let question = 0; question < 5; question += 1) {
      expect(calls.permit(ask('first', 1))).toEqual({ mayRepeat: true });
    }
    expect(calls.permit(ask('second', 1))).toBeUndefined();
    calls.endAttempt(undefined, false);
    expect(calls.permit(ask('second', 1))).toEqual({ mayRepeat: true });
    expect(calls.isExhausted).toBe(false);
    expect(calls.permit(ask('second', 2))).toEqual({ mayRepeat: false });
    expect(calls.permit(ask('second', 3))).toBeUndefined();
    expect(calls.isExhausted).toBe(true);
  });

  it('have an unknown outcome unless it was reported, or the last one has a response', () => {
    const calls = new PermittedCalls(limits.pipeline);
    calls.endAttempt(undefined, false);
    expect(calls.unknown(false)).toBe(0);
    calls.permit(ask('first', 1));
    expect([calls.unknown(false), calls.unknown(true)]).toEqual([1, 0]);
    calls.endAttempt(0, false);
    expect(calls.unknown(false)).toBe(0);
    calls.permit(ask('second', 2));
    calls.endAttempt(undefined, true);
    expect(calls.unknown(false)).toBe(1);
  });

  it('are bounded and accounted for, whatever is delayed, repeated or lost', async () => {
    const delivery = fc.constantFrom<Delivery[]>('accepted', 'accepted', 'timeout');
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          deliver: fc.nat(30),
          fate: fc.constantFrom('once', 'once', 'again', 'never'),
        }),
      },
      { weight: 2, arbitrary: fc.record({ passMs: fc.constantFrom(50, 300, 900, 2_100, 9_000) }) },
      { weight: 1, arbitrary: fc.constant('flush' as const) },
    );
    const ending = fc.constantFrom('responds', 'breaks', 'drains', 'repeats', 'hangs');
    await checkProperty(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(delivery, { minLength: 1 }),
        fc.array(ending, { minLength: 1 }),
        async (steps, deliveries, endings) => {
          const world = worldOf(deliveries, endings);
          for (const each of steps) {
            if (each === 'flush') await world.flush();
            else if ('passMs' in each) await world.pass(each.passMs);
            else await world.deliver(each.deliver, each.fate);
          }
          await world.finish();
          expect(world.exchange.isOver).toBe(true);
          expect(world.madeCalls()).toBeLessThanOrEqual(CALLS_MAX);
          const responses = world.exchange.responseSoFar ? 1 : 0;
          expect(world.exchange.unknownCalls + responses).toBeGreaterThanOrEqual(world.madeCalls());
        },
      ),
    );
  });
});

/** An exchange, and a task for each delivery of its message; the test decides what arrives when. */
function worldOf(deliveries: readonly Delivery[], endings: readonly string[]) {
  const clock = createFakeClock();
  const waiting: (() => void)[] = [];
  const tasks: StageTask[] = [];
  const taskByAddress = new Map<string, StageTask>();
  let sent = 0;
  let made = 0;
  const stage: Stage<UpstreamContext> = async (_message, { signal, calls }) => {
    await calls.next();
    const ending = endings[made++ % endings.length];
    if (ending === 'hangs') await once(signal);
    if (ending === 'breaks') throw new LlmpError('upstream_disconnected');
    if (ending === 'drains') throw new LlmpError('draining');
    if (ending === 'repeats' && calls.mayRepeat) {
      await calls.next();
      made += 1;
    }
    signal.throwIfAborted();
    calls.settled();
    return { kind: 'respond', head: { status: 200, headers: [] }, body: bytes() };
  };
  const begin = (message: RequestMessage) => {
    const from = `worker-${tasks.length}`;
    const bus = {
      connected: () => true,
      postFrame: (_address: string, _sender: string, frame: Frame) =>
        void waiting.push(() => receive(frame)),
    } as unknown as Bus;
    const ports = {
      bus,
      clock,
      limits: { ...PIPELINE, ...limits.eventLoop },
      stageName: 'upstream',
      stage,
      message,
      from,
    } as const;
    const task = new StageTask({ ...ports, onError: () => {} });
    taskByAddress.set(from, task);
    tasks.push(task);
  };
  const bus = {
    connected: () => true,
    release() {},
    async send(message: RequestMessage) {
      waiting.push(() => begin(message));
      return deliveries[sent++ % deliveries.length];
    },
    postControl: (address: string, control: Control) =>
      void waiting.push(() => taskByAddress.get(address)?.control(control)),
  } as unknown as Bus;
  const exchange = new Exchange({
    bus,
    clock,
    limits: PIPELINE,
    events: createEvents(createLog('silent')),
    message: requestMessage({ routingSlip: ['upstream'] }),
    quarantine: new Quarantine({ clock, limits: limits.pipeline }),
  });
  exchange.response.catch(() => {});
  const receive = (frame: Frame) => {
    if (exchange.receive(frame, 'upstream')) return;
    const { id, attempt, position, from } = frame.meta;
    const cancel = { kind: 'cancel' as const, id, attempt, position, seq: -1 };
    waiting.push(() => taskByAddress.get(from)?.control({ meta: cancel }));
  };
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const flush = async () => {
    for (let round = 0; round < 20 && waiting.length > 0; round += 1) {
      for (const arrive of waiting.splice(0)) arrive();
      await settle();
    }
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    exchange.tick(clock.monotonic());
    for (const task of tasks) task.heartbeat();
    await settle();
  };
  return {
    exchange,
    flush,
    pass,
    madeCalls: () => made,
    async deliver(nth: number, fate: string) {
      const at = nth % Math.max(1, waiting.length);
      const arrive = waiting[at];
      if (fate !== 'again') waiting.splice(at, 1);
      if (fate !== 'never') arrive?.();
      await settle();
    },
    /** From here on everything arrives, until the request has ended or its client leaves. */
    async finish() {
      for (let turn = 0; turn < 50 && !exchange.isOver; turn += 1) {
        await flush();
        await pass(200);
      }
      exchange.cancel(new LlmpError('client_disconnected'));
      await flush();
      await pass(200);
      await flush();
    },
  };
}

function once(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(LlmpError.from(signal.reason)), { once: true });
  });
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{}');
}
