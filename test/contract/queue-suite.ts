// The contract every queue keeps, written once and run against each adapter. Each `open` is the end of
// another process; time passes by the place's turns.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnrecoverableJobError, type Queue, type RunningJob } from '../../shared/queue/queue.ts';
import { TERMS, type QueuePlace } from '../kit/queue-places.ts';
import { stopped } from '../kit/servers.ts';

const GIVE_UP_MS = 15_000;
const ONE = { concurrency: 1 };

export function queueSuite(name: string, openPlace: () => Promise<QueuePlace>): void {
  describe(`the ${name} queue`, () => {
    let place: QueuePlace;
    let queue: Queue;
    beforeEach(async () => {
      place = await openPlace();
      queue = await place.open();
    });
    afterEach(() => place[Symbol.asyncDispose]());

    const until = async (isSo: () => boolean | Promise<boolean>) => {
      const giveUpAt = performance.now() + GIVE_UP_MS;
      while (!(await isSo())) {
        if (performance.now() > giveUpAt) throw new Error(`it never came to ${String(isSo)}`);
        await place.turn();
      }
    };
    const untilDone = (id: string) => until(async () => (await queue.status(id)) === undefined);
    const stateOf = async (id: string) => (await queue.status(id))?.state;
    const untilFailed = (id: string) => until(async () => (await stateOf(id)) === 'failed');
    const runProcess = async (...words: string[]) => {
      const script = fileURLToPath(new URL('../kit/queue-process.ts', import.meta.url));
      const child = spawn(process.execPath, [script, place.where, ...words], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      return child;
    };

    it('brings a job to its worker as it was added, and forgets it when it is done', async () => {
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
      expect(place.faults).toEqual([]);
    });

    it('brings twenty megabytes unchanged', async () => {
      const bytes = randomBytes(20 * 1024 * 1024);
      const same: boolean[] = [];
      await queue.add({ id: 'big', data: {}, bytes });
      queue.work(async (job) => void same.push(bytes.equals(await job.bytes())), ONE);
      await untilDone('big');
      expect(same).toEqual([true]);
    });

    it('has no bytes for a job that was added without', async () => {
      const lengths: number[] = [];
      await queue.add({ id: 'bare', data: {} });
      queue.work(async (job) => void lengths.push((await job.bytes()).byteLength), ONE);
      await untilDone('bare');
      expect(lengths).toEqual([0]);
    });

    it('brings each job to exactly one of several workers', async () => {
      const ids = Array.from({ length: 30 }, (_, at) => `job-${at}`);
      const seen: string[] = [];
      const ends = [queue, await place.open(), await place.open()];
      for (const end of ends) {
        end.work(async ({ id }) => void seen.push(id), { concurrency: 2 });
      }
      await Promise.all(ids.map((id) => queue.add({ id, data: {} })));
      for (const id of ids) await untilDone(id);
      expect(seen.toSorted()).toEqual(ids.toSorted());
    });

    it('refuses an id while its job is there, and accepts it after that is done', async () => {
      const seen: string[] = [];
      const far = await place.open();
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

    it('shows how far a job has come', async () => {
      const gate = Promise.withResolvers<void>();
      await queue.add({ id: 'a', data: {} });
      (await place.open()).work(async (job) => {
        await job.progress(0.25);
        await gate.promise;
      }, ONE);
      await until(async () => (await queue.status('a'))?.progress === 0.25);
      expect(await queue.status('a')).toMatchObject({ state: 'active', attempts: 1 });
      expect(await queue.remove('a')).toBe(false);
      gate.resolve();
      await untilDone('a');
    });

    it('repeats a failing job with growing pauses, then keeps it as a dead letter', async () => {
      const begun: number[] = [];
      const lasts: boolean[] = [];
      await queue.add({ id: 'bad', data: { x: 1 }, bytes: Buffer.from('kept') });
      queue.work(async (job) => {
        begun.push(place.nowMs());
        lasts.push(job.isLast);
        await job.progress(0.5);
        throw new Error(`try ${job.attempt}\n failed: ${'x'.repeat(9_000)}`);
      }, ONE);
      await untilFailed('bad');
      expect(lasts).toEqual([false, false, true]);
      const pauses = begun.slice(1).map((atMs, at) => atMs - (begun[at] ?? 0));
      expect(pauses[0]).toBeGreaterThanOrEqual(TERMS.backoffMs);
      expect(pauses[1]).toBeGreaterThanOrEqual(2 * TERMS.backoffMs);
      const [dead, ...others] = await queue.failed(10);
      expect(others).toEqual([]);
      expect(dead).toMatchObject({ id: 'bad', data: { x: 1 }, state: 'failed', attempts: 3 });
      expect(dead?.error).toMatch(/^try 3 failed: x{100,}…$/);
      expect(dead?.error?.length).toBeLessThanOrEqual(500);
      expect(place.faults).toEqual([]);
    });

    it('gives a dead letter its tries again, with its bytes', async () => {
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

    it('lets a new job take the place of a dead letter', async () => {
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

    it('lists dead letters oldest first, and keeps only so many', async () => {
      queue.work(async () => {
        throw new UnrecoverableJobError('bad');
      }, ONE);
      const ids = ['a', 'a.b', 'c', 'd', 'e'];
      for (const id of ids) {
        await queue.add({ id, data: {}, bytes: Buffer.from(id) });
        await untilFailed(id);
        await place.turn();
      }
      await until(async () => (await queue.failed(10)).length === TERMS.failedKept);
      const listed = async (limit: number) => (await queue.failed(limit)).map(({ id }) => id);
      expect(await listed(10)).toEqual(['c', 'd', 'e']);
      expect(await listed(1)).toEqual(['c']);
      expect(await listed(0)).toEqual([]);
    });

    it('removes what waits and what failed, once', async () => {
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

    it('works on as many jobs at once as it may, and no more', async () => {
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
      for (let turns = 0; turns < 20; turns += 1) await place.turn();
      gate.resolve();
      for (const id of ids) await untilDone(id);
      expect(most).toBe(3);
    });

    it('drains: ends what is in hand and takes no more', async () => {
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
      for (let turns = 0; turns < 20; turns += 1) await place.turn();
      expect(drained).toBe(false);
      gate.resolve();
      await drain;
      expect(await queue.status('first')).toBeUndefined();
      expect(await stateOf('second')).toBe('waiting');
      expect(seen).toEqual(['first']);
    });

    it('leaves what is in hand to others when it must stop at once', async () => {
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
      const other = await place.open();
      other.work(async (job) => void taken.push([job.attempt, text(await job.bytes())]), ONE);
      await untilDone('a');
      expect(taken).toEqual([[2, 'kept']]);
    });

    it('gives up a job that was left as often as there are tries', async () => {
      const seen: number[] = [];
      await queue.add({ id: 'a', data: {} });
      for (let tries = 1; tries <= TERMS.triesMax; tries += 1) {
        const worker = queue.work(async ({ attempt }) => {
          seen.push(attempt);
          await new Promise(() => {});
        }, ONE);
        await until(() => seen.length === tries);
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

    it('takes up the job of a process that was killed in the middle of it', async () => {
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

    it('has what a process added before it was killed', async () => {
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
