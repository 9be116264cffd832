import { describe, expect, it } from 'vitest';
import {
  erlangB,
  erlangC,
  meanResponseMs,
  singleServerMs,
} from '../../../bench/capacity/closed-forms.ts';
import {
  exponential,
  mean,
  percentile,
  simulate,
  type Scenario,
} from '../../../bench/capacity/simulation.ts';
import { seeded } from '../../../kit/seeded.ts';

const FREE = Number.POSITIVE_INFINITY;

/** Requests at random times that one process works on, 10 ms each on average. */
function scenarioOf(changes: Partial<Scenario> = {}): Scenario {
  return {
    cores: FREE,
    groups: { worker: { processes: 1, threads: 1 } },
    steps: [{ work: 'worker', ms: exponential(10) }],
    arrivals: { kind: 'random', perSecond: 70 },
    requests: 200_000,
    warmup: 1_000,
    busyRetryMs: [],
    sliceMs: Number.POSITIVE_INFINITY,
    chance: seeded(7),
    ...changes,
  };
}

/** Relative difference. */
const offBy = (value: number, from: number) => Math.abs(value / from - 1);

describe('a simulated queue', () => {
  it.each([30, 80])('with one server and %d requests/s is M/M/1', (perSecond) => {
    const { responseMs } = simulate(scenarioOf({ arrivals: { kind: 'random', perSecond } }));
    const queue = { perSecond, serviceMs: 10, servers: 1 };
    expect(offBy(mean(responseMs), meanResponseMs(queue))).toBeLessThan(0.05);
    expect(offBy(percentile(responseMs, 0.5), singleServerMs(queue, 0.5))).toBeLessThan(0.05);
    expect(offBy(percentile(responseMs, 0.99), singleServerMs(queue, 0.99))).toBeLessThan(0.08);
  });

  it.each([2, 8])('with %d threads is M/M/c', (servers) => {
    const perSecond = 80 * servers;
    const { responseMs, busyThreads } = simulate(
      scenarioOf({
        groups: { worker: { processes: 1, threads: servers } },
        arrivals: { kind: 'random', perSecond },
      }),
    );
    const expected = meanResponseMs({ perSecond, serviceMs: 10, servers });
    expect(offBy(mean(responseMs), expected)).toBeLessThan(0.05);
    expect(offBy(busyThreads['worker'] ?? 0, perSecond / 100)).toBeLessThan(0.02);
  });

  it('with constant service waits half as long as M/M/1', () => {
    const { responseMs } = simulate(scenarioOf({ steps: [{ work: 'worker', ms: () => 10 }] }));
    const waitMs = meanResponseMs({ perSecond: 70, serviceMs: 10, servers: 1 }) - 10;
    expect(offBy(mean(responseMs) - 10, waitMs / 2)).toBeLessThan(0.05);
  });

  it('that is spread at random over processes is one M/M/1 for each', () => {
    const { responseMs } = simulate(
      scenarioOf({
        groups: { worker: { processes: 4, threads: 1 } },
        arrivals: { kind: 'random', perSecond: 280 },
      }),
    );
    const expected = meanResponseMs({ perSecond: 70, serviceMs: 10, servers: 1 });
    expect(offBy(mean(responseMs), expected)).toBeLessThan(0.05);
  });

  it('is shared by all requests in short time slices', () => {
    const { responseMs } = simulate(scenarioOf({ requests: 50_000, sliceMs: 0.5 }));
    // Processor sharing: the mean of M/M/1, and the same slowdown for each request.
    const expected = meanResponseMs({ perSecond: 70, serviceMs: 10, servers: 1 });
    expect(offBy(mean(responseMs), expected)).toBeLessThan(0.08);
  });

  it('of two stages in a row takes the sum of both', () => {
    const { responseMs } = simulate(
      scenarioOf({
        groups: { one: { processes: 1, threads: 1 }, other: { processes: 1, threads: 1 } },
        steps: [
          { work: 'one', ms: exponential(10) },
          { waitMs: 5 },
          { work: 'other', ms: exponential(5) },
        ],
      }),
    );
    const sum = [10, 5].map((serviceMs) =>
      meanResponseMs({ perSecond: 70, serviceMs, servers: 1 }),
    );
    expect(offBy(mean(responseMs), 5 + (sum[0] ?? 0) + (sum[1] ?? 0))).toBeLessThan(0.05);
  });
});

describe('simulated cores', () => {
  const many = { worker: { processes: 1, threads: Number.POSITIVE_INFINITY } };

  it('are shared equally by the threads that run', () => {
    // M/M/1 with processor sharing has the mean of M/M/1.
    const { responseMs } = simulate(scenarioOf({ groups: many, cores: 1 }));
    const expected = meanResponseMs({ perSecond: 70, serviceMs: 10, servers: 1 });
    expect(offBy(mean(responseMs), expected)).toBeLessThan(0.05);
  });

  it('bound the throughput of processes that have more threads', () => {
    const { perSecond } = simulate(
      scenarioOf({
        groups: { worker: { processes: 6, threads: 1 } },
        cores: 2,
        arrivals: { kind: 'closed', clients: 64 },
        requests: 40_000,
      }),
    );
    expect(offBy(perSecond, 200)).toBeLessThan(0.02);
  });

  it('may be a fraction, where other programs take the rest', () => {
    const { perSecond } = simulate(
      scenarioOf({ cores: 0.5, arrivals: { kind: 'closed', clients: 4 }, requests: 20_000 }),
    );
    expect(offBy(perSecond, 50)).toBeLessThan(0.02);
  });

  it('have more to do for processes that wake up for each request', () => {
    const cpuMs = (clients: number) =>
      simulate(
        scenarioOf({
          steps: [{ work: 'worker', ms: () => 10, wakeMs: 2 }, { waitMs: 1 }],
          arrivals: { kind: 'closed', clients },
          requests: 2_000,
        }),
      ).cpuMs;
    expect(cpuMs(1)).toBeCloseTo(12);
    expect(cpuMs(8)).toBeCloseTo(10, 1);
  });

  it('also do what no request waits for', () => {
    const { perSecond, responseMs } = simulate(
      scenarioOf({
        groups: { ...many, helper: { processes: 1, threads: 1 } },
        cores: 1,
        steps: [
          { aside: 'helper', ms: () => 10 },
          { work: 'worker', ms: () => 10 },
        ],
        arrivals: { kind: 'closed', clients: 1 },
        requests: 4_000,
      }),
    );
    expect(perSecond).toBeCloseTo(50, 0);
    expect(mean(responseMs)).toBeCloseTo(20);
  });
});

describe('simulated places', () => {
  const guarded = (places: number): Partial<Scenario> => ({
    groups: { worker: { processes: 1, threads: 100 } },
    steps: [
      { enter: 'worker', stage: 'upstream', places },
      { work: 'worker', ms: exponential(10) },
      { leave: 'worker', stage: 'upstream' },
    ],
    arrivals: { kind: 'random', perSecond: 400 },
  });

  it('refuse as Erlang B says where nobody asks again', () => {
    const { refused, responseMs } = simulate(scenarioOf(guarded(5)));
    const share = refused / (refused + responseMs.length);
    const expected = erlangB({ perSecond: 400, serviceMs: 10, servers: 5 });
    expect(offBy(share, expected)).toBeLessThan(0.03);
  });

  it('refuse fewer requests that ask again', () => {
    const once = simulate(scenarioOf(guarded(5)));
    const again = simulate(scenarioOf({ ...guarded(5), busyRetryMs: [5, 20, 60, 150] }));
    expect(again.refused).toBeLessThan(once.refused / 5);
    expect(mean(again.responseMs)).toBeGreaterThan(mean(once.responseMs));
  });

  it('are all free again in the end', () => {
    const { responseMs, refused } = simulate(
      scenarioOf({ ...guarded(3), arrivals: { kind: 'closed', clients: 3 }, requests: 30_000 }),
    );
    expect(refused).toBe(0);
    expect(responseMs).toHaveLength(29_000);
  });
});

describe('a simulation', () => {
  it('is repeated exactly by its seed', () => {
    const run = (seed: number) => simulate(scenarioOf({ chance: seeded(seed), requests: 2_000 }));
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });

  it('sends regular requests at their rate', () => {
    const { perSecond } = simulate(
      scenarioOf({ arrivals: { kind: 'regular', perSecond: 50 }, requests: 10_000 }),
    );
    expect(offBy(perSecond, 50)).toBeLessThan(0.01);
  });
});

describe('the formulas', () => {
  it('give the published values', () => {
    // Two servers, one busy on average: a third of the requests waits, one in five is blocked.
    const queue = { perSecond: 100, serviceMs: 10, servers: 2 };
    expect(erlangC(queue)).toBeCloseTo(1 / 3);
    expect(erlangB(queue)).toBeCloseTo(0.2);
    expect(erlangC({ ...queue, servers: 1 })).toBe(1);
    expect(meanResponseMs({ ...queue, servers: 1 })).toBe(Number.POSITIVE_INFINITY);
    expect(meanResponseMs({ perSecond: 50, serviceMs: 10, servers: 1 })).toBeCloseTo(20);
  });
});
