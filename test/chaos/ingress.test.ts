// The ingress owns its requests: if it dies, its clients lose them, but nothing may continue forever.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { sendStory, type ChaosClient } from './kit/client.ts';
import { pause } from './kit/load.ts';
import { newStory } from './kit/story.ts';
import { inFlight, note, openWorld, play, type World } from './kit/world.ts';
import { within } from './kit/within.ts';

/** Streams longer than any wait in this file. */
const ENDLESS = { stream: true, parts: 2_000, partSize: 60, paceMs: 50 };
const ORPHANS = 20;
/** Workers notice a missing ingress at their next heartbeat after the timeout. */
const ORPHANS_GONE_MS = limits.pipeline.ingressTimeoutMs + 5_000;

describe('an ingress', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('that was paused does not mistake its own silence for that of the workers', async () => {
    const { ingress } = world.cluster;
    const ms = limits.pipeline.heartbeatTimeoutMs + 1_000;
    const { failed } = await play(world, `pause ingress ${ms} ms`, async () => {
      ingress.pause();
      await pause(ms);
      ingress.resume();
    });
    expect(failed).toEqual([]);
  });

  it('that is asked to stop completes its requests and rejects new ones', async () => {
    const { ingress } = world.cluster;
    let inFlightSeeds = new Set<string>();
    const { outcomes } = await play(
      world,
      'SIGTERM ingress, restart',
      async () => {
        inFlightSeeds = inFlight(world);
        expect(await ingress.stop()).toBe(0);
        await ingress.start();
      },
      { restartsIngress: true },
    );
    expect(inFlightSeeds.size).toBeGreaterThan(0);
    const broken = outcomes.filter(
      ({ story, verdict, hasBegun }) =>
        verdict !== 'completed' && (hasBegun || inFlightSeeds.has(story.seed)),
    );
    expect(broken).toEqual([]);
  });

  it('that is killed leaves no upstream call running', async () => {
    const { upstream, cluster, target } = world;
    let orphans: ChaosClient[] = [];
    let killedMs = 0;
    await play(
      world,
      'kill -9 ingress, restart',
      async () => {
        orphans = Array.from({ length: ORPHANS }, () => sendStory(target, newStory(ENDLESS)));
        await within(10_000, 'streams begin', Promise.all(orphans.map(({ begun }) => begun)));
        killedMs = performance.now();
        await cluster.ingress.kill();
        await cluster.ingress.start();
      },
      { restartsIngress: true },
    );
    const outcomes = await Promise.all(orphans.map(({ outcome }) => outcome));
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(outcomes.map(() => 'reset'));
    const calls = orphans.flatMap(({ story }) => upstream.calls(story.seed));
    const leftMs = await within(
      ORPHANS_GONE_MS,
      'every upstream call of the killed ingress is aborted',
      Promise.all(calls.map(({ disconnected }) => disconnected)),
    );
    const longest = Math.max(...leftMs) - killedMs;
    note(
      `kill -9 ingress: its ${calls.length} endless upstream calls aborted after ${Math.round(longest)} ms`,
    );
  });
});
