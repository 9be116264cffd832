// The contract of every queue, run against each adapter. Each `open` stands for another process; time
// passes with the turns of the fixture.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnrecoverableJobError, type Queue, type RunningJob } from '../../shared/queue/queue.ts';
import { LIMITS, type QueueFixture } from '../kit/queue-fixtures.ts';
import { stopped } from '../kit/servers.ts';

const GIVE_UP_MS = 15_000;
const ONE = { concurrency: 1 };

export function queueSuite(name: string, openFixture: () => Promise<QueueFixture>): void {
  describe(`the ${name} queue`, () => {
    let fixture: QueueFixture;
    let queue: Queue;
    beforeEach(async () => {
      fixture = await openFixture();
      queue = await fixture.open();
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    const until = async (isSo: () => boolean | Promise<boolean>) => {
      const giveUpAt = performance.now() + GIVE_UP_MS;
      while (!(await isSo())) {
        if (performance.now() > giveUpAt) throw new Error(`never true: ${String(isSo)}`);
        await fixture.turn();
      }
    };
    const untilDone = (id: string) => until(async () => (await queue.status(id)) === undefined);
    const stateOf = async (id: string) => (await queue.status(id))?.state;
    const untilFailed = (id: string) => until(async () => (await stateOf(id)) === 'failed');
    const runProcess = async (...words: string[]) => {
      const script = fileURLToPath(new URL('../kit/queue-process.ts', import.meta.url));
      const child = spawn(process.execPath, [script, fixture.location, ...words], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      return child;
    };

    it('delivers a job as it was added, and deletes it when it is done', async () => {
      const data = { file: 'ü "x".pdf', pages: 3, scanned: false };
      const bytes = Uint8Array.of(0, 255, 13, 10, 0);
      const seen: unknown[] = [];
      expect(await queue.add({ id: 'doc:1:ä.b/c', data, bytes })).toBe(true);
      expect(await queue.status('doc:1:ä.b/c')).toEqual({
        id: 'doc:1:ä.b/c',
        data,
        state: 'waiting',
        progress: 0,
        attempts: 0,
      });
      queue.work(async (job) => {
        const { id, attempt, isLast } = job;
        seen.push({ id, data: job.data, attempt, isLast, bytes: [...(await job.bytes())] });
      }, ONE);
      await untilDone('doc:1:ä.b/c');
      const first = { attempt: 1, isLast: false };
      expect(seen).toEqual([{ id: 'doc:1:ä.b/c', data, ...first, bytes: [...bytes] }]);
      expect(fixture.errors).toEqual([]);
    });

    it('delivers twenty megabytes unchanged', async () => {
      const bytes = randomBytes(20 * 1024 * 1024);
      const same: boolean[] = [];
      await queue.add({ id: 'big', data: {}, bytes });
      queue.work(async (job) => void same.push(bytes.equals(await job.bytes())), ONE);
      await untilDone('big');
      expect(same).toEqual([true]);
    });

    it('delivers no bytes for a job without any', async () => {
      const lengths: number[] = [];
      await queue.add({ id: 'bare', data: {} });
      queue.work(async (job) => void lengths.push((await job.bytes()).byteLength), ONE);
      await untilDone('bare');
      expect(lengths).toEqual([0]);
    });

    it('delivers each job to exactly one of several workers', async () => {
      const ids = Array.from({ length: 30 }, (_, at) => `job-${at}`);
      const seen: string[] = [];
      const ends = [queue, await fixture.open(), await fixture.open()];
      for (const end of ends) {
        end.work(async ({ id }) => void seen.push(id), { concurrency: 2 });
      }
      await Promise.all(ids.map((id) => queue.add({ id, data: {} })));
      for (const id of ids) await untilDone(id);
      expect(seen.toSorted()).toEqual(ids.toSorted());
    });

    it('rejects an id while its job exists, and accepts it afterwards', async () => {
      const seen: string[] = [];
      const far = await fixture.open();
      const added = await Promise.all(
        [queue, far, queue].map((end, at) =>
          end.add({ id: 'a', data: { at }, bytes: Buffer.from(`bytes ${at}`) }),
        ),
      );
      expect(added.filter(Boolean)).toHaveLength(1);
      const winner = added.indexOf(true);
      expect(await queue.status('a')).toMatchObject({ data: { at: winner } });
      const handler = async (job: RunningJob) => {
        seen.push(text(await job.bytes()));
        expect(await queue.add({ id: 'a', data: { at: 7 } })).toBe(false);
      };
      far.work(handler, ONE);
      await untilDone('a');
      expect(await queue.add({ id: 'a', data: { at: 8 }, bytes: Buffer.from('again') })).toBe(true);
      await untilDone('a');
      expect(seen).toEqual([`bytes ${winner}`, 'again']);
    });

    it('shows the progress of a job', async () => {
      const gate = Promise.withResolvers<void>();
      await queue.add({ id: 'a', data: {} });
      (await fixture.open()).work(async (job) => {
        await job.progress(0.25);
        await gate.promise;
      }, ONE);
      await until(async () => (await queue.status('a'))?.progress === 0.25);
      expect(await queue.status('a')).toMatchObject({ state: 'active', attempts: 1 });
      expect(await queue.remove('a')).toBe(false);
      gate.resolve();
      await untilDone('a');
    });

    it('retries a failing job with exponential backoff, then keeps it as failed', async () => {
      const begun: number[] = [];
      const lasts: boolean[] = [];
      await queue.add({ id: 'bad', data: { x: 1 }, bytes: Buffer.from('kept') });
      queue.work(async (job) => {
        begun.push(fixture.nowMs());
        lasts.push(job.isLast);
        await job.progress(0.5);
        throw new Error(`try ${job.attempt}\n failed: ${'x'.repeat(9_000)}`);
      }, ONE);
      await untilFailed('bad');
      expect(lasts).toEqual([false, false, true]);
      const pauses = begun.slice(1).map((atMs, at) => atMs - (begun[at] ?? 0));
      expect(pauses[0]).toBeGreaterThanOrEqual(LIMITS.backoffMs);
      expect(pauses[1]).toBeGreaterThanOrEqual(2 * LIMITS.backoffMs);
      const [failed, ...others] = await queue.failed(10);
      expect(others).toEqual([]);
      expect(failed).toMatchObject({ id: 'bad', data: { x: 1 }, state: 'failed', attempts: 3 });
      expect(failed?.error).toMatch(/^try 3 failed: x{100,}…$/);
      expect(failed?.error?.length).toBeLessThanOrEqual(500);
      expect(fixture.errors).toEqual([]);
    });

    it('restarts a failed job with all attempts and its bytes', async () => {
      let broken = true;
      const seen: [number, string][] = [];
      await queue.add({ id: 'bad', data: {}, bytes: Buffer.from('kept') });
      queue.work(async (job) => {
        seen.push([job.attempt, text(await job.bytes())]);
        await job.progress(0.5);
        if (broken) throw new UnrecoverableJobError('broken for good');
        expect(await queue.add({ id: 'bad', data: {} })).toBe(false);
        expect(await queue.status('bad')).toMatchObject({ attempts: 1, progress: 0.5 });
      }, ONE);
      await untilFailed('bad');
      expect(await queue.status('bad')).toMatchObject({ attempts: 1, error: 'broken for good' });
      broken = false;
      expect(await queue.retry('bad')).toBe(true);
      await untilDone('bad');
      expect(seen).toEqual([
        [1, 'kept'],
        [1, 'kept'],
      ]);
      expect(await queue.retry('bad')).toBe(false);
      expect(await queue.failed(10)).toEqual([]);
    });

    it('lets a new job replace a failed one', async () => {
      const seen: string[] = [];
      queue.work(async (job) => {
        seen.push(text(await job.bytes()));
        if (job.data['bad'] === true) throw new UnrecoverableJobError('bad');
      }, ONE);
      await queue.add({ id: 'a', data: { bad: true }, bytes: Buffer.from('first') });
      await untilFailed('a');
      expect(await queue.add({ id: 'a', data: {}, bytes: Buffer.from('second') })).toBe(true);
      await untilDone('a');
      expect(seen).toEqual(['first', 'second']);
      expect(await queue.failed(10)).toEqual([]);
    });

    it('lists failed jobs oldest first, and keeps a limited number', async () => {
      queue.work(async () => {
        throw new UnrecoverableJobError('bad');
      }, ONE);
      const ids = ['a', 'a.b', 'c', 'd', 'e'];
      for (const id of ids) {
        await queue.add({ id, data: {}, bytes: Buffer.from(id) });
        await untilFailed(id);
        await fixture.turn();
      }
      await until(async () => (await queue.failed(10)).length === LIMITS.failedKept);
      const listed = async (limit: number) => (await queue.failed(limit)).map(({ id }) => id);
      expect(await listed(10)).toEqual(['c', 'd', 'e']);
      expect(await listed(1)).toEqual(['c']);
      expect(await listed(0)).toEqual([]);
    });

    it('removes waiting and failed jobs once', async () => {
      await queue.add({ id: 'a', data: {}, bytes: Buffer.from('x') });
      expect(await queue.remove('a')).toBe(true);
      expect(await queue.status('a')).toBeUndefined();
      expect(await queue.remove('a')).toBe(false);
      queue.work(async () => {
        throw new UnrecoverableJobError('bad');
      }, ONE);
      await queue.add({ id: 'a', data: {} });
      await untilFailed('a');
      expect(await queue.retry('other')).toBe(false);
      expect(await queue.remove('a')).toBe(true);
      expect(await queue.failed(10)).toEqual([]);
    });

    it('runs as many jobs at once as allowed, and no more', async () => {
      const gate = Promise.withResolvers<void>();
      let atOnce = 0;
      let most = 0;
      const ids = Array.from({ length: 8 }, (_, at) => `job-${at}`);
      for (const id of ids) await queue.add({ id, data: {} });
      queue.work(
        async () => {
          most = Math.max(most, (atOnce += 1));
          await gate.promise;
          atOnce -= 1;
        },
        { concurrency: 3 },
      );
      await until(() => atOnce === 3);
      for (let turns = 0; turns < 20; turns += 1) await fixture.turn();
      gate.resolve();
      for (const id of ids) await untilDone(id);
      expect(most).toBe(3);
    });

    it('drains: finishes running jobs and starts no more', async () => {
      const gate = Promise.withResolvers<void>();
      const seen: string[] = [];
      const worker = queue.work(async ({ id }) => {
        seen.push(id);
        await gate.promise;
      }, ONE);
      await queue.add({ id: 'first', data: {} });
      await until(() => seen.length === 1);
      let drained = false;
      const drain = worker.drain(new AbortController().signal).then(() => (drained = true));
      await queue.add({ id: 'second', data: {} });
      for (let turns = 0; turns < 20; turns += 1) await fixture.turn();
      expect(drained).toBe(false);
      gate.resolve();
      await drain;
      expect(await queue.status('first')).toBeUndefined();
      expect(await stateOf('second')).toBe('waiting');
      expect(seen).toEqual(['first']);
    });

    it('returns running jobs to the queue when it must stop immediately', async () => {
      const left: RunningJob[] = [];
      const deadline = new AbortController();
      await queue.add({ id: 'a', data: {}, bytes: Buffer.from('kept') });
      const worker = queue.work(async (job) => {
        left.push(job);
        await new Promise(() => {});
      }, ONE);
      await until(() => left.length === 1);
      const drained = worker.drain(deadline.signal);
      deadline.abort();
      await drained;
      expect(left[0]?.signal.aborted).toBe(true);
      const taken: [number, string][] = [];
      const other = await fixture.open();
      other.work(async (job) => void taken.push([job.attempt, text(await job.bytes())]), ONE);
      await untilDone('a');
      expect(taken).toEqual([[2, 'kept']]);
    });

    it('fails a job that was abandoned in every attempt', async () => {
      const seen: number[] = [];
      await queue.add({ id: 'a', data: {} });
      for (let attempts = 1; attempts <= LIMITS.triesMax; attempts += 1) {
        const worker = queue.work(async ({ attempt }) => {
          seen.push(attempt);
          await new Promise(() => {});
        }, ONE);
        await until(() => seen.length === attempts);
        await worker.drain(AbortSignal.abort());
      }
      queue.work(async ({ attempt }) => void seen.push(attempt), ONE);
      await untilFailed('a');
      expect(await queue.status('a')).toMatchObject({
        attempts: 3,
        error: expect.stringContaining('lost'),
      });
      expect(seen).toEqual([1, 2, 3]);
    });

    it('recovers the job of a killed process', async () => {
      await queue.add({ id: 'a', data: {}, bytes: Buffer.from('kept') });
      const child = await runProcess('hold');
      expect(await queue.status('a')).toMatchObject({ state: 'active', progress: 0.5 });
      const taken: [number, string][] = [];
      queue.work(async (job) => void taken.push([job.attempt, text(await job.bytes())]), ONE);
      child.kill('SIGKILL');
      await untilDone('a');
      expect(taken).toEqual([[2, 'kept']]);
      await stopped(child);
    });

    it('keeps a job whose process is killed right after adding it', async () => {
      const child = await runProcess('add', 'a');
      child.kill('SIGKILL');
      await stopped(child);
      const taken: string[] = [];
      queue.work(async (job) => void taken.push(text(await job.bytes())), ONE);
      await untilDone('a');
      expect(taken).toEqual(['bytes of a']);
    });

    it('is ready', async () => {
      expect(await queue.ready()).toBe(true);
    });
  });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
