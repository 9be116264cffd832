import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from './kit/load.ts';
import type { Outcome } from './kit/client.ts';
import { openWorld, play, type World } from './kit/world.ts';

const BROKER_AWAY_MS = 500;
const BROKER_PAUSE_MS = 1_000;

describe('a gateway', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('survives kill -9 and restart of its broker', async () => {
    const { row, outcomes } = await play(world, 'kill -9 nats-server, restart', async () => {
      await world.cluster.killBroker();
      await pause(BROKER_AWAY_MS);
      await world.cluster.restartBroker();
    });
    expect(unexcused(outcomes)).toEqual([]);
    expect(row.completed).toBeGreaterThan(row.requests / 2);
  });

  it('survives a paused broker', async () => {
    const { row, outcomes } = await play(
      world,
      `pause nats-server ${BROKER_PAUSE_MS} ms`,
      async () => {
        world.cluster.pauseBroker();
        await pause(BROKER_PAUSE_MS);
        world.cluster.resumeBroker();
      },
    );
    expect(unexcused(outcomes)).toEqual([]);
    expect(row.completed).toBeGreaterThan(row.requests / 2);
  });
});

/** Requests may be refused while the broker is away, at once and by this code; nothing else excuses one. */
function unexcused(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(
    ({ verdict, hasBegun, errorCode }) =>
      verdict !== 'completed' && (verdict !== 'error' || hasBegun || errorCode !== 'bus_down'),
  );
}
