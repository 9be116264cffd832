import { describe, expect, it } from 'vitest';
import { whenReachable } from '../../../services/host/when-reachable.ts';
import { DependencyError } from '../../../shared/runtime/dependency-error.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';

const REDIS = { component: 'Redis', address: 'redis:6379', what: 'cannot be reached' };
const passing = () => new DependencyError({ ...REDIS, code: 'ECONNREFUSED', isTransient: true });
const lasting = () => new DependencyError({ ...REDIS, code: 'WRONGPASS', isTransient: false });

/** What happens when `open` fails with these, one after the other, and then succeeds. */
async function opening(waitMs: number, failures: readonly unknown[]) {
  const pausesMs: number[] = [];
  const told: unknown[] = [];
  let ms = 0;
  let tries = 0;
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
    const failure = failures[tries++];
    if (failure !== undefined) throw failure;
    return 'opened';
  };
  const events = {
    dependencyMissing: ({ code }: DependencyError) => void told.push(`waiting ${code}`),
    dependencyReady: ({ address, tookMs }: { address: string; tookMs: number }) =>
      void told.push(`found ${address} after ${tookMs}`),
  };
  const end = await whenReachable(open, { clock, waitMs, events }).catch((error: unknown) => error);
  return { end, pausesMs, told, tries };
}

describe('what is needed at start', () => {
  it('is opened without a word when it is there', async () => {
    expect(await opening(60_000, [])).toMatchObject({ end: 'opened', pausesMs: [], told: [] });
  });

  it('is tried again after pauses that grow to a second, with one line and another', async () => {
    const failures = Array.from({ length: 5 }, passing);
    expect(await opening(60_000, failures)).toMatchObject({
      end: 'opened',
      pausesMs: [250, 500, 1_000, 1_000, 1_000],
      told: ['waiting ECONNREFUSED', 'found redis:6379 after 3750'],
    });
  });

  it('is given up when the time is over, after a last try at its end', async () => {
    const failures = Array.from({ length: 9 }, passing);
    const { end, pausesMs, tries } = await opening(2_000, failures);
    expect(end).toMatchObject({ code: 'ECONNREFUSED' });
    expect([pausesMs, tries]).toEqual([[250, 500, 1_000, 250], 5]);
  });

  it('is tried once when there is no time to wait', async () => {
    expect(await opening(0, [passing()])).toMatchObject({ tries: 1, told: [] });
  });

  it.each([lasting(), new Error('something else')])(
    'fails at once where waiting mends nothing: %s',
    async (failure) => {
      expect(await opening(60_000, [failure])).toMatchObject({ end: failure, tries: 1, told: [] });
      expect(await opening(60_000, [passing(), failure])).toMatchObject({ end: failure, tries: 2 });
    },
  );
});
