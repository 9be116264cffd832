// One message in one worker, with a bus and a clock in the test's hands.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../../../shared/bus/bus.ts';
import type { Frame, RequestMessage } from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { StageTask } from '../../../../shared/pipeline/task.ts';
import { limits } from '../../../../shared/limits.ts';
import type { Stage } from '../../../../shared/protocol/stage.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

let clock: FakeClock;
let posted: Frame[];
let forwarded: RequestMessage[];
let faults: unknown[];

beforeEach(() => {
  clock = createFakeClock();
  posted = [];
  forwarded = [];
  faults = [];
});

function run(stage: Stage, sent = requestMessage({ position: 1 })): StageTask {
  const bus: Pick<Bus, 'send' | 'post' | 'connected'> = {
    async send(next) {
      forwarded.push(next);
      return 'accepted';
    },
    post: (_address, _stageName, item) => void posted.push(item as Frame),
    connected: () => true,
  };
  const onError = (error: unknown) => void faults.push(error);
  const fixed = {
    bus: bus as Bus,
    clock,
    limits,
    stageName: 'policy',
    from: 'policy-box',
    onError,
  } as const;
  return new StageTask({ ...fixed, stage, message: sent });
}

const endless: Stage = (_message, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

function kinds(): string[] {
  return posted.map(({ meta }) => meta.kind);
}

function errorSent(): unknown {
  const last = posted.at(-1)?.meta;
  return last?.kind === 'error' ? last.code : undefined;
}

describe('a letter in a room', () => {
  it('goes on byte for byte when the stage changes nothing', async () => {
    const sent = requestMessage({ position: 1 });
    await run(() => ({ kind: 'pass' }), sent).done;
    expect(forwarded).toEqual([{ meta: { ...sent.meta, position: 2 }, body: sent.body }]);
    expect(forwarded[0]?.body).toBe(sent.body);
    expect(kinds()).toEqual(['accepted', 'pass']);
  });

  it('goes on with exactly the edits the stage made', async () => {
    const body = Buffer.from('{"ü": 12345678901234567890, "b": 1.0}');
    await run(
      () => ({ kind: 'pass', edits: [{ start: 1, end: 4, text: '"u"' }] }),
      requestMessage({ position: 1 }, body),
    ).done;
    const bytes = await forwarded[0]?.body.read(new AbortController().signal);
    expect(Buffer.from(bytes ?? []).toString()).toBe('{"u": 12345678901234567890, "b": 1.0}');
  });

  it('is refused with the words of the stage', async () => {
    await run(() => ({ kind: 'refuse', error: new LlmpError('policy_blocked', 'no') })).done;
    expect(posted.at(-1)?.meta).toMatchObject({ code: 'policy_blocked', message: 'no' });
  });

  it('does not go on when the stage fails, and what it threw is not told', async () => {
    await run(() => {
      throw new Error('alice@canary.example');
    }).done;
    expect(forwarded).toEqual([]);
    expect(errorSent()).toBe('stage_failed');
    expect(JSON.stringify(posted)).not.toContain('canary');
    expect(faults).toHaveLength(1);
  });

  it('ends with the error its answer breaks off with, after what came before', async () => {
    async function* broken() {
      yield Buffer.from('one');
      throw new LlmpError('upstream_disconnected');
    }
    const head = { status: 200, headers: [] };
    await run(() => ({ kind: 'answer', head, body: broken() })).done;
    expect(kinds()).toEqual(['accepted', 'head', 'chunk', 'error']);
    expect(errorSent()).toBe('upstream_disconnected');
  });

  it('is given up when the ingress cancels it', async () => {
    const stageTask = run(endless);
    stageTask.control({ meta: { kind: 'cancel', id: 'req_1', attempt: 1, position: 1, seq: -1 } });
    await stageTask.settled;
    expect(kinds()).toEqual(['accepted']);
    expect(faults).toEqual([]);
  });

  it('is given up when its ingress is silent for too long, and not before', async () => {
    const stageTask = run(endless);
    const ack = { meta: { kind: 'ack' as const, id: 'req_1', attempt: 1, position: 1, seq: 0 } };
    clock.advance(limits.ingressTimeoutMs - 1);
    stageTask.control(ack);
    clock.advance(limits.ingressTimeoutMs - 1);
    stageTask.heartbeat();
    expect(stageTask.working).toBe(true);
    clock.advance(2);
    stageTask.heartbeat();
    await stageTask.settled;
    expect(stageTask.working).toBe(false);
  });

  it('is forgotten some time after its end, though nobody acknowledged it', async () => {
    const stageTask = run(() => ({ kind: 'pass' }));
    await stageTask.done;
    clock.advance(limits.lingerMs);
    await stageTask.settled;
    expect(clock.pending).toBe(0);
  });

  it('is ended with the reason when the room stops', async () => {
    const stageTask = run(endless);
    stageTask.stop(new LlmpError('draining'));
    await stageTask.done;
    expect(errorSent()).toBe('draining');
  });
});
