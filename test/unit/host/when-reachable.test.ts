import { describe, expect, it } from 'vitest';
import { whenReachable } from '../../../services/host/when-reachable.ts';
import { DependencyError } from '../../../shared/runtime/dependency-error.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';

const REDIS = { component: 'Redis', address: 'redis:6379', what: 'cannot be reached' };
const transient = () => new DependencyError({ ...REDIS, code: 'ECONNREFUSED', isTransient: true });
const permanent = () => new DependencyError({ ...REDIS, code: 'WRONGPASS', isTransient: false });

/** Runs with an `open` that throws each of `failures` in turn and then succeeds. */
async function openAfter(waitMs: number, failures: readonly unknown[]) {
  const pausesMs: number[] = [];
  const reports: unknown[] = [];
  let ms = 0;
  let attempts = 0;
  const clock: Clock = {
    now: () => ms,
    monotonic: () => ms,
    after(delayMs, run) {
      pausesMs.push(delayMs);
      ms += delayMs;
      queueMicrotask(run);
      return () => {};
    },
    every: () => () => {},
  };
  const open = async () => {
    const failure = failures[attempts++];
    if (failure !== undefined) throw failure;
    return 'opened';
  };
  const events = {
    dependencyMissing: ({ code }: DependencyError) => void reports.push(`waiting ${code}`),
    dependencyReady: ({ address, tookMs }: { address: string; tookMs: number }) =>
      void reports.push(`found ${address} after ${tookMs}`),
  };
  const result = await whenReachable(open, { clock, waitMs, events }).catch(
    (error: unknown) => error,
  );
  return { result, pausesMs, reports, attempts };
}

describe('a server needed at start', () => {
  it('is opened without a report when it is reachable', async () => {
    expect(await openAfter(60_000, [])).toMatchObject({
      result: 'opened',
      pausesMs: [],
      reports: [],
    });
  });

  it('is retried after pauses that grow to a second, with a report at the beginning and at the end', async () => {
    const failures = Array.from({ length: 5 }, transient);
    expect(await openAfter(60_000, failures)).toMatchObject({
      result: 'opened',
      pausesMs: [250, 500, 1_000, 1_000, 1_000],
      reports: ['waiting ECONNREFUSED', 'found redis:6379 after 3750'],
    });
  });

  it('stops when the wait time is over, after a last attempt at its end', async () => {
    const failures = Array.from({ length: 9 }, transient);
    const { result, pausesMs, attempts } = await openAfter(2_000, failures);
    expect(result).toMatchObject({ code: 'ECONNREFUSED' });
    expect([pausesMs, attempts]).toEqual([[250, 500, 1_000, 250], 5]);
  });

  it('is tried once when there is no wait time', async () => {
    expect(await openAfter(0, [transient()])).toMatchObject({ attempts: 1, reports: [] });
  });

  it.each([permanent(), new Error('something else')])(
    'fails at once when a retry cannot help: %s',
    async (failure) => {
      expect(await openAfter(60_000, [failure])).toMatchObject({
        result: failure,
        attempts: 1,
        reports: [],
      });
      expect(await openAfter(60_000, [transient(), failure])).toMatchObject({
        result: failure,
        attempts: 2,
      });
    },
  );
});
