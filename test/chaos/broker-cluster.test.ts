// Three brokers in a cluster, one of which is lost, and all of which are replaced under load.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from './kit/load.ts';
import { openWorld, play, type World } from './kit/world.ts';

const BROKER_AWAY_MS = 1_500;

describe('a gateway with three brokers', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ brokers: 3 });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('survives kill -9 of one of them', async () => {
    const { row } = await play(world, 'kill -9 one of 3 nats-servers', async () => {
      await world.cluster.killBroker(0);
      await pause(BROKER_AWAY_MS);
      await world.cluster.restartBroker(0);
    });
    expect(row.completed / row.requests).toBeGreaterThanOrEqual(0.99);
  });

  it('survives a rolling restart of all of them, and of all workers', async () => {
    const { row } = await play(world, 'rolling restart: 3 nats-servers, workers', async () => {
      for (let at = 0; at < world.cluster.brokerCount; at += 1) {
        await world.cluster.replaceBroker(at);
        await pause(BROKER_AWAY_MS);
      }
      for (const worker of world.cluster.workers) {
        expect(await worker.stop()).toBe(0);
        await worker.start();
      }
    });
    expect(row.completed / row.requests).toBeGreaterThanOrEqual(0.99);
  });
});
