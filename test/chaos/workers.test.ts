// Workers die, pause and are replaced under a hundred running streams. Each stage has a second worker, so
// every request must complete unless a lost worker had started its response.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES, type StageName } from '../../shared/protocol/messages.ts';
import { DAY_MS, dayOf } from '../../shared/metering/ledger.ts';
import { limits } from '../../shared/limits.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import type { Outcome } from './kit/client.ts';
import { pause } from './kit/load.ts';
import { inFlight, openWorld, play as playIn, type Played, type World } from './kit/world.ts';

const WORKER_AWAY_MS = 1_500;
/** Long enough for messages to queue at a paused worker, so it is killed with pending work. */
const PAUSE_BEFORE_KILL_MS = 300;
const SHORT_PAUSE_MS = 1_000;
const LONG_PAUSE_MS = limits.pipeline.heartbeatTimeoutMs + 1_000;
/** Longer than all attempts of a request at the same worker. */
const VERY_LONG_PAUSE_MS = limits.pipeline.acceptMs * limits.pipeline.upstreamAttemptsMax + 2_000;

describe('a gateway with two workers of every stage', () => {
  let world: World;
  let requestCount = 0;
  const play: typeof playIn = async (...args) => {
    const played = await playIn(...args);
    requestCount += played.outcomes.length;
    return played;
  };
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('completes every request when nothing happens', async () => {
    const { row, failed } = await play(world, 'steady', () => pause(2_000));
    expect(failed).toEqual([]);
    // A starved machine may lose a worker briefly; that must stay rare.
    expect(row.redispatched).toBeLessThanOrEqual(row.requests / 100);
  });

  it.each(STAGES)('survives kill -9 of a worker of the %s stage', async (stageName) => {
    const worker = world.cluster.worker(stageName);
    let inFlightSeeds = new Set<string>();
    const played = await play(world, `kill -9 ${stageName}`, async () => {
      inFlightSeeds = inFlight(world, worker.name);
      worker.pause();
      await pause(PAUSE_BEFORE_KILL_MS);
      await worker.kill();
      await pause(WORKER_AWAY_MS);
      await worker.start();
    });
    expect(played.row.redispatched).toBeGreaterThan(0);
    expect(unexcused(inFlightSeeds, played)).toEqual([]);
    expect(savedShare(played)).toBeGreaterThanOrEqual(0.99);
  });

  it.each([
    ['policy', SHORT_PAUSE_MS],
    ['scrubber', VERY_LONG_PAUSE_MS],
    ['upstream', LONG_PAUSE_MS],
  ] satisfies [StageName, number][])(
    'survives a worker of the %s stage that is paused for %i ms',
    async (stageName, ms) => {
      const worker = world.cluster.worker(stageName);
      let inFlightSeeds = new Set<string>();
      const played = await play(world, `pause ${stageName} ${ms} ms`, async () => {
        inFlightSeeds = inFlight(world, worker.name);
        worker.pause();
        await pause(ms);
        worker.resume();
      });
      expect(unexcused(inFlightSeeds, played)).toEqual([]);
      expect(savedShare(played)).toBeGreaterThanOrEqual(0.99);
    },
  );

  it('completes every request while all workers are replaced one after another', async () => {
    const { failed } = await play(world, 'rolling restart of all workers', async () => {
      for (const worker of world.cluster.workers) {
        expect(await worker.stop()).toBe(0);
        await worker.start();
      }
    });
    expect(failed).toEqual([]);
  });

  it('records each of these requests in the ledger once, even after losing its worker', async () => {
    await using store = openEmbeddedStore(world.cluster.dataDir, limits.store);
    const to = dayOf(Date.now());
    const from = dayOf(Date.now() - DAY_MS);
    const requests = async () =>
      (await store.usage({ from, to })).reduce((sum, one) => sum + one.requests, 0);
    await expect.poll(requests).toBe(requestCount);
  });
});

/** Streams that broke although no lost worker had them, and failures that clients cannot recognize. */
function unexcused(inFlightSeeds: ReadonlySet<string>, { failed }: Played): readonly Outcome[] {
  return failed.filter(
    ({ verdict, hasBegun, story }) =>
      verdict !== 'error' || (hasBegun && !inFlightSeeds.has(story.seed)),
  );
}

/** Completed share of the requests that had no response yet at a lost worker. */
function savedShare({ outcomes, failed }: Played): number {
  const lost = failed.filter(({ hasBegun }) => hasBegun).length;
  return (outcomes.length - failed.length) / (outcomes.length - lost);
}
