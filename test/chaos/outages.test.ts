// Several parts are lost at once. What cannot be served is refused, and every cost is booked once.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { describeWithSmallDisk, mountSmallDisk, type SmallDisk } from '../kit/small-disk.ts';
import { expectAccounts } from './kit/accounts.ts';
import type { Outcome } from './kit/client.ts';
import { pause } from './kit/load.ts';
import { openWorld, play, type World } from './kit/world.ts';

const SIZE = { streams: 20, calls: 10, isPersonal: true };
const AWAY_MS = 1_500;
const keyLimits = { usdPerMonth: 100_000 };

/** Codes of responses that failed otherwise than by an HTTP error with one of these codes. */
function unexcused(outcomes: readonly Outcome[], codes: readonly string[]): readonly string[] {
  return outcomes
    .filter(({ verdict }) => verdict !== 'completed')
    .filter((one) => one.verdict !== 'error' || !codes.includes(one.errorCode ?? ''))
    .map(({ verdict, errorCode, hasBegun }) => `${verdict} ${errorCode} ${hasBegun}`);
}

describeWith('redis-server')('a gateway on Redis', () => {
  let world: World;
  const all: Outcome[] = [];
  const ingressKilledAtMs: number[] = [];
  beforeAll(async () => {
    world = await openWorld({ redis: true, keyLimits });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('refuses what a stage without any worker cannot do, and nothing else', async () => {
    const workers = [world.cluster.worker('policy', 0), world.cluster.worker('policy', 1)];
    const { outcomes } = await play(
      world,
      'kill -9 both workers of policy',
      async () => {
        await Promise.all(workers.map((worker) => worker.kill()));
        await pause(AWAY_MS);
        await Promise.all(workers.map((worker) => worker.start()));
      },
      { size: SIZE },
    );
    all.push(...outcomes);
    expect(unexcused(outcomes, ['no_workers', 'worker_lost'])).toEqual([]);
  });

  it.each(['kill -9', 'pause'] as const)('survives %s of Redis and broker at once', async (how) => {
    const { cluster } = world;
    const { outcomes } = await play(
      world,
      `${how} Redis and nats-server`,
      async () => {
        if (how === 'pause') {
          cluster.pauseRedis();
          cluster.pauseBroker();
          await pause(AWAY_MS);
          cluster.resumeBroker();
          cluster.resumeRedis();
        } else {
          await Promise.all([cluster.killRedis(), cluster.killBroker()]);
          await pause(AWAY_MS);
          await Promise.all([cluster.restartRedis(), cluster.restartBroker()]);
        }
      },
      { size: SIZE },
    );
    all.push(...outcomes);
    expect(unexcused(outcomes, ['bus_down', 'store_down'])).toEqual([]);
  });

  it('books what ended while Redis was away, although its ingress was killed', async () => {
    const { cluster } = world;
    const { outcomes } = await play(
      world,
      'kill -9 ingress while Redis is paused',
      async () => {
        cluster.pauseRedis();
        await pause(AWAY_MS);
        ingressKilledAtMs.push(Date.now());
        await cluster.ingress.kill();
        cluster.resumeRedis();
        await cluster.ingress.start();
      },
      { size: SIZE, restartsIngress: true },
    );
    all.push(...outcomes);
    const hasServed = ({ verdict }: Outcome) => verdict === 'completed';
    expect(outcomes.some(hasServed)).toBe(true);
    await expectAccounts(world, 'outages', all, ingressKilledAtMs);
  });
});

describeWithSmallDisk('a gateway whose disk is full', () => {
  let disk: SmallDisk;
  let world: World;
  beforeAll(async () => {
    disk = mountSmallDisk('64m');
    world = await openWorld({ dataDir: disk.path, keyLimits });
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    disk[Symbol.dispose]();
  });

  it('refuses what it cannot pin, and books all that it serves', async () => {
    const { outcomes } = await play(
      world,
      'full disk',
      async () => {
        disk.fill();
        await pause(AWAY_MS);
        disk.free();
      },
      { size: SIZE },
    );
    expect(unexcused(outcomes, ['store_down'])).toEqual([]);
    await expectAccounts(world, 'full disk', outcomes);
  });
});
