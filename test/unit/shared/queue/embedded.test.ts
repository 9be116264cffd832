// The embedded queue beyond the contract: exact delays, renewed leases, and files that keep nothing of
// finished jobs. The contract is in test/contract.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedQueue } from '../../../../shared/queue/embedded.ts';
import { CHUNK_BYTES } from '../../../../shared/queue/embedded-contents.ts';
import type { Queue, RunningJob } from '../../../../shared/queue/queue.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';

const LIMITS = {
  triesMax: 4,
  backoffMs: 1_000,
  leaseMs: 30_000,
  pollMs: 500,
  failedKept: 10,
  orphanBytesMs: 60_000,
};
const ONE = { concurrency: 1 };

describe('the embedded queue', () => {
  let directory: string;
  let errors: unknown[];
  let stack: AsyncDisposableStack;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-queue-'));
    errors = [];
    stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  });
  afterEach(() => stack.disposeAsync());

  const open = (clock: FakeClock): Queue => {
    const onError = (error: unknown) => void errors.push(error);
    return stack.use(
      openEmbeddedQueue({ directory, clock, lockWaitMs: 2_000, limits: LIMITS, onError }),
    );
  };
  const pass = async (clock: FakeClock, stepMs: number, steps: number) => {
    for (let step = 0; step < steps; step += 1) {
      clock.advance(stepMs);
      await setImmediate();
    }
  };

  it('doubles the delay with each retry', async () => {
    const clock = createFakeClock();
    const begun: number[] = [];
    const queue = open(clock);
    queue.work(async () => {
      begun.push(clock.monotonic());
      throw new Error('no');
    }, ONE);
    await queue.add({ id: 'a', data: {} });
    await setImmediate();
    await pass(clock, 100, 100);
    expect(begun).toEqual([0, 1_000, 3_000, 7_000]);
    expect(await queue.status('a')).toMatchObject({ state: 'failed', attempts: 4, error: 'no' });
  });

  it('starts a job of its own process immediately', async () => {
    const clock = createFakeClock();
    const seen: string[] = [];
    const queue = open(clock);
    queue.work(async ({ id }) => void seen.push(id), ONE);
    await queue.add({ id: 'a', data: {} });
    await queue.add({ id: 'b', data: {} });
    await setImmediate();
    expect(seen).toEqual(['a', 'b']);
  });

  it('keeps a job leased as long as its worker lives', async () => {
    const clock = createFakeClock();
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    const [near, far] = [open(clock), open(clock)];
    near.work(async () => {
      seen.push('near');
      await gate.promise;
    }, ONE);
    await near.add({ id: 'a', data: {} });
    far.work(async () => void seen.push('far'), ONE);
    await pass(clock, 1_000, 300);
    expect(seen).toEqual(['near']);
    gate.resolve();
    await setImmediate();
    expect(await far.status('a')).toBeUndefined();
  });

  it('aborts a worker whose lease expired, and ignores its results', async () => {
    const [asleep, awake] = [createFakeClock(), createFakeClock()];
    const held = Promise.withResolvers<RunningJob>();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const [near, far] = [open(asleep), open(awake)];
    near.work(async (job) => {
      held.resolve(job);
      await gates[0]?.promise;
    }, ONE);
    await near.add({ id: 'a', data: {}, bytes: Buffer.from('kept') });
    const job = await held.promise;
    far.work(async () => await gates[1]?.promise, ONE);
    awake.advance(LIMITS.leaseMs + LIMITS.pollMs);
    expect(await far.status('a')).toMatchObject({ state: 'active', attempts: 2 });

    await job.progress(0.9);
    asleep.advance(LIMITS.leaseMs);
    expect(job.signal.aborted).toBe(true);
    await expect(job.bytes()).rejects.toThrow('another worker');
    gates[0]?.resolve();
    await setImmediate();
    expect(await far.status('a')).toMatchObject({ state: 'active', progress: 0 });
    gates[1]?.resolve();
    await setImmediate();
    expect(await far.status('a')).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('has no timer after its workers have drained', async () => {
    const clock = createFakeClock();
    const queue = open(clock);
    const idle = queue.work(async () => {}, ONE);
    await idle.drain(new AbortController().signal);
    const busy = queue.work(async () => await new Promise(() => {}), ONE);
    await queue.add({ id: 'a', data: {} });
    await busy.drain(AbortSignal.abort());
    expect(clock.pending).toBe(0);
  });

  it.each(['done', 'removed'])('keeps no content of a %s job in its files', async (how) => {
    const clock = createFakeClock();
    const queue = open(clock);
    const secret = 'the secret of this document '.repeat(4_000);
    await queue.add({ id: 'a', data: {}, bytes: Buffer.from(secret) });
    expect(filesHold(directory, 'the secret of this document')).toBe(true);
    if (how === 'done') queue.work(async () => {}, ONE);
    else await queue.remove('a');
    while (filesHold(directory, 'the secret of this document')) await setImmediate();
    expect(await queue.status('a')).toBeUndefined();
  });

  it('yields to the event loop while it writes, reads and zeroes a large document', async () => {
    const clock = createFakeClock();
    const queue = open(clock);
    const bytes = Buffer.alloc(8 * CHUNK_BYTES, 'x');
    let turns = 0;
    let over = false;
    const turn = async (): Promise<void> => {
      turns += 1;
      await setImmediate();
      if (!over) await turn();
    };
    const turning = turn();
    await queue.add({ id: 'a', data: {}, bytes });
    expect(turns).toBeGreaterThanOrEqual(8);
    queue.work(async (job) => void (await job.bytes()), ONE);
    while (await queue.status('a')) await setImmediate();
    expect(turns).toBeGreaterThanOrEqual(16);
    while (filesHold(directory, 'xxxx')) await setImmediate();
    expect(turns).toBeGreaterThanOrEqual(24);
    over = true;
    await turning;
  });

  it('deletes the bytes of a process that died before it added the job', async () => {
    const clock = createFakeClock();
    const first = open(clock);
    const bytes = Buffer.alloc(4 * CHUNK_BYTES, 'half a document ');
    const added = first.add({ id: 'a', data: {}, bytes });
    await setImmediate();
    await first[Symbol.asyncDispose]();
    await expect(added).rejects.toThrow('closed');
    const early = open(clock);
    await pass(clock, LIMITS.pollMs, 20);
    expect(filesHold(directory, 'half a document')).toBe(true);
    await early[Symbol.asyncDispose]();
    clock.advance(LIMITS.orphanBytesMs);
    const late = open(clock);
    while (filesHold(directory, 'half a document')) await setImmediate();
    expect(await late.status('a')).toBeUndefined();
  });

  it('deletes the bytes of a rejected add', async () => {
    const queue = open(createFakeClock());
    const adds = ['one', 'two'].map((word) =>
      queue.add({ id: 'a', data: {}, bytes: Buffer.from(`the bytes of ${word}`) }),
    );
    expect((await Promise.all(adds)).filter(Boolean)).toHaveLength(1);
    const held = () =>
      ['one', 'two'].filter((word) => filesHold(directory, `the bytes of ${word}`));
    while (held().length > 1) await setImmediate();
    expect(held()).toHaveLength(1);
  });

  it.each([
    ['shorter than it waits, without a trace', 1_000, ['a'], 0],
    ['longer than it waits, with an error and a retry', 3_000, ['a', 'a'], 1],
  ])('continues when its file is locked %s', async (_, lockedMs, expected, reported) => {
    const clock = createFakeClock();
    const queue = open(clock);
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    queue.work(async ({ id }) => {
      seen.push(id);
      await gate.promise;
    }, ONE);
    const other = new DatabaseSync(join(directory, 'queue.db'));
    await queue.add({ id: 'a', data: {} });
    other.exec('BEGIN IMMEDIATE');
    gate.resolve();
    await pass(clock, 10, lockedMs / 10);
    expect(seen).toEqual(['a']);
    expect(errors).toHaveLength(reported);
    other.exec('ROLLBACK');
    other.close();
    // Where marking the job as done failed, it is delivered again.
    await pass(clock, LIMITS.pollMs, 70);
    expect(seen).toEqual(expected);
    expect(await queue.status('a')).toBeUndefined();
  });
});

function filesHold(directory: string, text: string): boolean {
  return readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(text));
}
