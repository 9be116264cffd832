// How often a request calls its upstream while a part of the gateway stands still for longer than all its
// patience: `play` expects few calls of each, and what is in work survives where nobody lost it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { sendStory } from './kit/client.ts';
import { pause } from './kit/load.ts';
import { newStory } from './kit/story.ts';
import { openWorld, play, type World } from './kit/world.ts';
import { within } from './kit/within.ts';

const SIZE = { streams: 20, calls: 10 };
const PAUSES_MS = [3_000, 9_000, 18_000];

describe('the calls of a request', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it.each(PAUSES_MS)('are one while its broker is paused for %i ms', async (ms) => {
    const { row, outcomes } = await play(
      world,
      `pause nats-server ${ms} ms`,
      async () => {
        world.cluster.pauseBroker();
        await pause(ms);
        world.cluster.resumeBroker();
      },
      { size: SIZE },
    );
    expect(row.mostCalls).toBe(1);
    // Only new requests fail, and soon.
    expect(outcomes.filter(({ verdict, hasBegun }) => verdict !== 'completed' && hasBegun)).toEqual(
      [],
    );
  });

  it.each(['worker', 'ingress'] as const)('stay few while its %s is paused', async (paused) => {
    const part = paused === 'ingress' ? world.cluster.ingress : world.cluster.worker('upstream');
    const { row } = await play(
      world,
      `pause ${part.name} 9000 ms`,
      async () => {
        part.pause();
        await pause(9_000);
        part.resume();
      },
      { size: SIZE },
    );
    expect(row.mostCalls).toBeLessThanOrEqual(limits.pipeline.upstreamAttemptsMax);
  });

  it('end with their ingress: none begins after it was killed', async () => {
    const { upstream, cluster, target } = world;
    const stories = Array.from({ length: 20 }, () =>
      newStory({ stream: true, parts: 4, partSize: 60, paceMs: 50 }),
    );
    let calls: number[] = [];
    const countCalls = () => stories.map(({ seed }) => upstream.calls(seed).length);
    await play(
      world,
      'kill -9 ingress with requests on their way, restart',
      async () => {
        // Requests wait in the paused broker when their ingress dies.
        cluster.pauseBroker();
        const sent = stories.map((story) => sendStory(target, story));
        await pause(300);
        await cluster.ingress.kill();
        cluster.resumeBroker();
        await within(10_000, 'clients notice', Promise.all(sent.map(({ outcome }) => outcome)));
        calls = countCalls();
        await cluster.ingress.start();
      },
      { size: SIZE, restartsIngress: true },
    );
    expect(calls).toEqual(stories.map(() => 0));
    expect(countCalls()).toEqual(calls);
  });
});
