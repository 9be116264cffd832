// Two ingresses whose clocks are 35 seconds apart share the limits of a key, exactly.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { sendStory } from './kit/client.ts';
import { newStory } from './kit/story.ts';
import { note, openWorld, type World } from './kit/world.ts';
import { within } from './kit/within.ts';

const AHEAD_MS = 35_000;
const CONCURRENT = 4;
const BEGIN_MS = 60_000;
const LONG = { stream: true, parts: 2_000, partSize: 60, paceMs: 50 };
const SHORT = { stream: true, parts: 2, partSize: 60, paceMs: 5 };

describeWith('redis-server')('two ingresses with different clocks', () => {
  let world: World;
  beforeAll(async () => {
    const keyLimits = { concurrentRequests: CONCURRENT };
    world = await openWorld({ redis: true, secondAheadMs: AHEAD_MS, keyLimits });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it(`admit ${CONCURRENT} requests at once together, again and again`, async () => {
    const { cluster, target } = world;
    const targets = [target, { ...target, url: cluster.secondUrl }];
    const both = <T>(run: (one: (typeof targets)[number]) => T) => targets.map(run);
    for (let round = 0; round < 3; round += 1) {
      const running = Array.from({ length: CONCURRENT / 2 }, () =>
        both((one) => sendStory(one, newStory(LONG))),
      ).flat();
      await within(BEGIN_MS, 'streams begin', Promise.all(running.map(({ begun }) => begun)));
      const refused = await Promise.all(both((one) => sendStory(one, newStory(SHORT)).outcome));
      expect(refused.map(({ errorCode }) => errorCode)).toEqual(['rate_limited', 'rate_limited']);
      for (const client of running) client.disconnect();
      // Their places are free at once, from either ingress.
      const served = async () =>
        (await Promise.all(both((one) => sendStory(one, newStory(SHORT)).outcome))).map(
          ({ verdict }) => verdict,
        );
      await expect.poll(served).toEqual(['completed', 'completed']);
    }
    note(
      `${AHEAD_MS} ms between two ingresses: ${CONCURRENT} of ${CONCURRENT} admitted, in 3 rounds`,
    );
  });
});
