// The permits of one task, with a fake clock and an ingress that the test plays.

import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { TaskPermits } from '../../../../shared/pipeline/call-permits.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import type { AskMeta } from '../../../../shared/protocol/messages.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';

type Question = Pick<AskMeta, 'lease' | 'question' | 'call'>;

const DEADLINE_MS = 60_000;
const { permitMs } = limits.pipeline;

let clock: FakeClock;
let asked: Question[];
let abort: AbortController;
let permits: TaskPermits;
beforeEach(() => {
  clock = createFakeClock();
  asked = [];
  abort = new AbortController();
  permits = new TaskPermits({
    clock,
    limits: limits.pipeline,
    signal: abort.signal,
    untilMs: DEADLINE_MS,
    ask: (question) => void asked.push(question),
  });
});

/** Answers a question, by default the last one. */
function answer(question: Question | undefined = asked.at(-1), mayRepeat = true): void {
  if (!question) throw new Error('nothing was asked');
  const sequence = { id: 'req_1', attempt: 1, position: 0 };
  permits.receive({ kind: 'permit', ...sequence, ...question, mayRepeat });
}

async function stateOf(promise: Promise<void>): Promise<unknown> {
  let state: unknown = 'waiting';
  promise.then(
    () => (state = 'permitted'),
    (error: unknown) => (state = LlmpError.from(error).code),
  );
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return state;
}

/** Makes a call with the next permit. */
async function call(mayRepeat = true): Promise<void> {
  const next = permits.next();
  answer(undefined, mayRepeat);
  await next;
}

describe('the permits of a task', () => {
  it('wait for the answer to their question', async () => {
    const next = permits.next();
    expect(await stateOf(next)).toBe('waiting');
    expect(asked).toMatchObject([{ question: 1, call: 1 }]);
    answer();
    expect(await stateOf(next)).toBe('permitted');
    expect(permits.unknownCalls).toBe(1);
  });

  it('are asked for once by all who wait, and ahead of the call', async () => {
    permits.askAhead();
    const waiting = [permits.ready(), permits.ready(), permits.confirm()];
    answer();
    expect(await Promise.all(waiting.map(stateOf))).toEqual(Array(3).fill('permitted'));
    expect(await stateOf(permits.next())).toBe('permitted');
    expect(asked).toHaveLength(1);
  });

  it('are asked for again with every heartbeat, and not after the answer', async () => {
    const ready = permits.ready();
    clock.advance(200);
    permits.repeat();
    answer(asked[1]);
    expect(await stateOf(ready)).toBe('permitted');
    permits.repeat();
    expect(asked).toHaveLength(2);
  });

  it('expire after their question, however late the answer arrives', async () => {
    const ready = permits.ready();
    const [late] = asked;
    clock.advance(permitMs);
    answer(late);
    expect(await stateOf(ready)).toBe('waiting');
    permits.repeat();
    answer(late);
    expect(await stateOf(ready)).toBe('waiting');
    answer();
    expect(await stateOf(ready)).toBe('permitted');
    clock.advance(permitMs);
    expect(await stateOf(permits.ready())).toBe('waiting');
    expect(asked).toHaveLength(3);
  });

  it('are not those of another task with the same message', async () => {
    const ready = permits.ready();
    answer({ lease: 'other', question: 1, call: 1 });
    expect(await stateOf(ready)).toBe('waiting');
  });

  it('count a call again only if its outcome is unknown', async () => {
    await call();
    permits.settled();
    expect(permits.unknownCalls).toBe(0);
    await permits.next();
    expect(asked).toHaveLength(1);
    await call();
    expect(asked.map((question) => question.call)).toEqual([1, 2]);
    expect(permits.unknownCalls).toBe(2);
    permits.settled();
    permits.settled();
    expect(permits.unknownCalls).toBe(1);
  });

  it('say that no call may follow the last one, unless that one cost nothing', async () => {
    expect(permits.mayRepeat).toBe(true);
    await call(false);
    expect(permits.mayRepeat).toBe(false);
    permits.settled();
    expect(permits.mayRepeat).toBe(true);
  });

  it('confirm the attempt without counting a call', async () => {
    const confirmed = permits.confirm();
    expect(asked).toMatchObject([{ call: 0 }]);
    answer();
    expect(await stateOf(confirmed)).toBe('permitted');
    expect(await stateOf(permits.confirm())).toBe('permitted');
    expect(asked).toHaveLength(1);
    expect(permits.unknownCalls).toBe(0);
  });

  it('end with the reason of the abort, and are not asked for afterwards', async () => {
    const ready = permits.ready();
    abort.abort(new LlmpError('draining'));
    expect(await stateOf(ready)).toBe('draining');
    expect(await stateOf(permits.ready())).toBe('draining');
    permits.repeat();
    expect(asked).toHaveLength(1);
  });

  it('are refused without a question once the time of the request is over', async () => {
    clock.advance(DEADLINE_MS);
    expect(await stateOf(permits.ready())).toBe('deadline_exceeded');
    expect(asked).toEqual([]);
  });
});
