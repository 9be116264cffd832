// One message in one worker, with a bus and a clock in the test's hands.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../../../shared/bus/bus.ts';
import type { Frame, RequestMessage } from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { StageTask } from '../../../../shared/pipeline/task.ts';
import { limits } from '../../../../shared/limits.ts';
import type { Outcome, Stage, TaskContext } from '../../../../shared/protocol/stage.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestBodyOf, requestMessage } from '../../../kit/request-messages.ts';

const EDIT = { start: 6, end: 7, text: '2' };
const OK = { status: 200, headers: [] };
async function* none(): AsyncGenerator<Uint8Array> {}

let clock: FakeClock;
let posted: Frame[];
let forwarded: RequestMessage[];
let errors: unknown[];

beforeEach(() => {
  clock = createFakeClock();
  posted = [];
  forwarded = [];
  errors = [];
});

function run(stage: Stage<TaskContext>, sent = requestMessage({ position: 1 })): StageTask {
  const bus: Pick<Bus, 'send' | 'postFrame' | 'connected'> = {
    async send(next) {
      forwarded.push(next);
      return 'accepted';
    },
    postFrame: (_address, _sender, frame) => void posted.push(frame),
    connected: () => true,
  };
  const onError = (error: unknown) => void errors.push(error);
  const fixed = {
    bus: bus as Bus,
    clock,
    limits: { ...limits.pipeline, ...limits.eventLoop },
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

describe('a message in a worker', () => {
  it('is passed on byte for byte when the stage changes nothing', async () => {
    const sent = requestMessage({ position: 1 });
    await run(() => ({ kind: 'pass' }), sent).done;
    expect(forwarded).toEqual([{ meta: { ...sent.meta, position: 2 }, body: sent.body }]);
    expect(forwarded[0]?.body).toBe(sent.body);
    expect(kinds()).toEqual(['accepted', 'pass']);
  });

  it('is passed on with the path and headers of the stage, if it changed them', async () => {
    const sent = requestMessage({ position: 1, path: '/v1/messages?a=b', headers: ['x-a', '1'] });
    const envelope = { path: '/v1/messages', headers: ['x-b', '2'] };
    await run(() => ({ kind: 'pass', envelope }), sent).done;
    await run(() => ({ kind: 'pass' }), sent).done;
    expect(forwarded.map(({ meta }) => meta)).toEqual([
      { ...sent.meta, ...envelope, position: 2 },
      { ...sent.meta, position: 2 },
    ]);
  });

  it('is passed on with exactly the edits of the stage', async () => {
    const body = Buffer.from('{"ü": 12345678901234567890, "b": 1.0}');
    await run(
      () => ({ kind: 'pass', edits: [{ start: 1, end: 4, text: '"u"' }] }),
      requestMessage({ position: 1 }, body),
    ).done;
    const read = await forwarded[0]?.body.read(new AbortController().signal);
    expect(Buffer.from(read?.bytes ?? []).toString()).toBe('{"u": 12345678901234567890, "b": 1.0}');
  });

  it.each<[string, Stage, boolean]>([
    ['is kept for the next stage', () => ({ kind: 'pass' }), true],
    ['is freed once the body was edited', () => ({ kind: 'pass', edits: [EDIT] }), false],
    [
      'is freed while a response is sent',
      () => ({ kind: 'respond', head: OK, body: none() }),
      false,
    ],
    [
      'is freed after a refusal',
      () => ({ kind: 'refuse', error: new LlmpError('internal') }),
      false,
    ],
    ['is freed after a fault', () => Promise.reject(new Error('fault')), false],
  ])('has a parsed body that %s', async (_, stage, isKept) => {
    const body = requestBodyOf('{"a":"1"}');
    const parsed = body.parse(limits.json);
    await run(stage, { ...requestMessage({ position: 1 }), body }).done;
    expect(body.parse(limits.json) === parsed).toBe(isKept);
  });

  it('is refused with the message of the stage', async () => {
    await run(() => ({ kind: 'refuse', error: new LlmpError('policy_blocked', 'no') })).done;
    expect(posted.at(-1)?.meta).toMatchObject({ code: 'policy_blocked', message: 'no' });
  });

  it('is not passed on when the stage fails, and its error is not sent', async () => {
    await run(() => {
      throw new Error('alice@canary.example');
    }).done;
    expect(forwarded).toEqual([]);
    expect(errorSent()).toBe('stage_failed');
    expect(JSON.stringify(posted)).not.toContain('canary');
    expect(errors).toHaveLength(1);
  });

  it('ends with the error that its response breaks off with, after the chunks before', async () => {
    async function* broken() {
      yield Buffer.from('one');
      throw new LlmpError('upstream_disconnected');
    }
    const head = { status: 200, headers: [] };
    await run(() => ({ kind: 'respond', head, body: broken() })).done;
    expect(kinds()).toEqual(['accepted', 'head', 'chunk', 'error']);
    expect(errorSent()).toBe('upstream_disconnected');
  });

  it('is dropped when the ingress cancels it', async () => {
    const stageTask = run(endless);
    stageTask.control({ meta: { kind: 'cancel', id: 'req_1', attempt: 1, position: 1, seq: -1 } });
    await stageTask.settled;
    expect(kinds()).toEqual(['accepted']);
    expect(errors).toEqual([]);
  });

  it('is not passed on by a stage that finishes after it was cancelled', async () => {
    const finish = Promise.withResolvers<Outcome>();
    const stageTask = run(() => finish.promise);
    stageTask.control({ meta: { kind: 'cancel', id: 'req_1', attempt: 1, position: 1, seq: -1 } });
    finish.resolve({ kind: 'pass' });
    await stageTask.done;
    expect(forwarded).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('sends its reports to the ingress as frames of their own, before it is passed on', async () => {
    await run((_message, { sendVault, sendRetrieval }) => {
      sendVault(Buffer.from('vault'));
      sendRetrieval(Buffer.from('report'));
      return { kind: 'pass' };
    }).done;
    expect(kinds()).toEqual(['accepted', 'vault', 'retrieval', 'pass']);
    expect(posted[1]?.bytes?.toString()).toBe('vault');
  });

  it('tells the ingress how large the body is that it passes on', async () => {
    const edits = [{ start: 1, end: 1, text: 'ü' }];
    await run(() => ({ kind: 'pass', edits }), requestMessage({ position: 1 }, Buffer.from('{}')))
      .done;
    expect(posted.at(-1)?.meta).toMatchObject({ kind: 'pass', bodySize: 4 });
  });

  it('is dropped when its ingress is silent for too long, and not before', async () => {
    const stageTask = run(endless);
    const ack = { meta: { kind: 'ack' as const, id: 'req_1', attempt: 1, position: 1, seq: 0 } };
    clock.advance(limits.pipeline.ingressTimeoutMs - 1);
    stageTask.control(ack);
    clock.advance(limits.pipeline.ingressTimeoutMs - 1);
    stageTask.heartbeat();
    expect(stageTask.working).toBe(true);
    clock.advance(2);
    stageTask.heartbeat();
    await stageTask.settled;
    expect(stageTask.working).toBe(false);
  });

  it('is dropped some time after its end, even without acknowledgements', async () => {
    const stageTask = run(() => ({ kind: 'pass' }));
    await stageTask.done;
    clock.advance(limits.pipeline.lingerMs);
    stageTask.heartbeat();
    await stageTask.settled;
    expect(clock.pending).toBe(0);
  });

  it('sends heartbeats until its end, and then only if its last frames stay unacknowledged', async () => {
    const passing = Promise.withResolvers<Outcome>();
    const stageTask = run(() => passing.promise);
    stageTask.heartbeat();
    stageTask.heartbeat();
    expect(kinds()).toEqual(['accepted', 'heartbeat']);
    passing.resolve({ kind: 'pass' });
    await stageTask.done;
    stageTask.heartbeat();
    expect(kinds()).toEqual(['accepted', 'heartbeat', 'pass']);
    clock.advance(limits.pipeline.heartbeatMs);
    stageTask.heartbeat();
    stageTask.heartbeat();
    expect(kinds()).toEqual(['accepted', 'heartbeat', 'pass', 'heartbeat']);
  });

  it('sends a heartbeat only where no frame was sent since the last one was due', async () => {
    const stageTask = run(endless);
    stageTask.heartbeat();
    expect(kinds()).toEqual(['accepted']);
    stageTask.heartbeat();
    stageTask.heartbeat();
    expect(kinds()).toEqual(['accepted', 'heartbeat', 'heartbeat']);
    stageTask.stop(new LlmpError('draining'));
    await stageTask.done;
  });

  it('tells the next worker what is left of its time', async () => {
    const passing = Promise.withResolvers<Outcome>();
    const stageTask = run(() => passing.promise, requestMessage({ position: 1, deadlineMs: 500 }));
    clock.advance(200);
    passing.resolve({ kind: 'pass' });
    await stageTask.done;
    expect(forwarded[0]?.meta.deadlineMs).toBe(300);
  });

  it('ends when its time is over', async () => {
    const stageTask = run(endless, requestMessage({ position: 1, deadlineMs: 500 }));
    stageTask.heartbeat();
    expect(stageTask.working).toBe(true);
    clock.advance(500);
    stageTask.heartbeat();
    await stageTask.done;
    expect(errorSent()).toBe('deadline_exceeded');
  });

  it('ends with the reason when its worker stops', async () => {
    const stageTask = run(endless);
    stageTask.stop(new LlmpError('draining'));
    await stageTask.done;
    expect(errorSent()).toBe('draining');
  });
});
