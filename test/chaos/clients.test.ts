import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { ask, type Reservation } from './kit/ask.ts';
import { pause } from './kit/load.ts';
import { newStory, type Story } from './kit/story.ts';
import { note, openWorld, play, type World } from './kit/world.ts';
import { within } from './kit/within.ts';

const CLIENTS = 100;
const HEALTHY = { streams: 30, calls: 10 };

/** More than all kernel socket buffers between upstream and client can hold. */
const HUGE = { stream: true, parts: 800, partSize: 32_000, paceMs: 0 };
const HUGE_BYTES = HUGE.parts * HUGE.partSize;
/** Stalled clients that resume, to show that held data is not lost. */
const READ_ON = 4;
const MB = 1024 * 1024;
const CREDIT_BYTES = CLIENTS * limits.creditBytes;
/** Allowance for garbage on the heap after hundreds of megabytes have passed. */
const GARBAGE_BYTES = 192 * MB;
const LOOKS = 8;
const LOOK_MS = 250;

const ENDLESS = { stream: true, parts: 2_000, partSize: 60, paceMs: 50 };
const ABORTED_MS = 2_000;
const STANDSTILL_MS = 60_000;

describe('a gateway', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it('ends only the streams of a disconnected upstream, each with an error', async () => {
    let dropped = new Set<string>();
    const { failed } = await play(world, 'upstream drops its connections', async () => {
      dropped = new Set(world.upstream.drop().map(({ story }) => story.seed));
    });
    expect(failed.filter(({ verdict }) => verdict !== 'error')).toEqual([]);
    expect(new Set(failed.map(({ story }) => story.seed))).toEqual(dropped);
  });

  it('aborts the upstream call as soon as its client disconnects', async () => {
    const tookMs: number[] = [];
    const { failed } = await play(
      world,
      `while ${CLIENTS} clients disconnect`,
      async () => {
        for (const client of await begun(ENDLESS)) {
          const [call] = world.upstream.calls(client.story.seed);
          if (!call) throw new Error('the upstream was not called');
          const leftMs = performance.now();
          client.leave();
          tookMs.push((await within(ABORTED_MS, 'an abort', call.left)) - leftMs);
        }
      },
      { size: HEALTHY },
    );
    expect(failed).toEqual([]);
    const sorted = tookMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]?.toFixed(1);
    note(
      `cancel: client gone → upstream call aborted, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, ` +
        `max ${at(1)}, ${tookMs.length} of ${CLIENTS} aborted`,
    );
  });

  it('buffers at most the credit of stalled clients and does not delay others', async () => {
    const { upstream, target } = world;
    const before = await leastMemory();
    const stalled = Array.from({ length: CLIENTS }, () => ask(target, newStory(HUGE)));
    for (const client of stalled) client.stall();
    const calls = (clients: readonly Reservation[]) =>
      clients.flatMap(({ story }) => upstream.calls(story.seed));
    const sentBytes = await standstill(() => calls(stalled).map((call) => call.sentBytes));
    expect(sentBytes).toHaveLength(CLIENTS);
    expect(Math.max(...sentBytes)).toBeLessThan(HUGE_BYTES);

    let during = before;
    const scenario = `beside ${CLIENTS} clients that stall`;
    const look = async () => void (during = await leastMemory());
    const { failed } = await play(world, scenario, look, { size: HEALTHY });

    const [readOn, leave] = [stalled.slice(0, READ_ON), stalled.slice(READ_ON)];
    for (const client of readOn) client.goOn();
    const outcomes = await Promise.all(readOn.map(({ outcome }) => outcome));
    for (const client of leave) client.leave();
    const aborted = Promise.all(calls(leave).map(({ left }) => left));
    await within(ABORTED_MS, 'every call of a stalled client that leaves is aborted', aborted);

    const bufferBytes = during.bufferBytes - before.bufferBytes;
    const rssBytes = during.rssBytes - before.rssBytes;
    note(
      `stall: ${CLIENTS} clients that do not read, credit ${inMb(CREDIT_BYTES)}: the ingress grew by ` +
        `${inMb(bufferBytes)} of buffers, ${inMb(rssBytes)} of resident set; their upstreams stood ` +
        `paused after ${inMb(Math.max(...sentBytes))} or less of ${inMb(HUGE_BYTES)}`,
    );
    expect(failed).toEqual([]);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(readOn.map(() => 'completed'));
    expect(bufferBytes).toBeLessThan(2 * CREDIT_BYTES);
    expect(rssBytes).toBeLessThan(2 * CREDIT_BYTES + GARBAGE_BYTES);
  });

  /** The minimum of several samples, because garbage varies and held data stays. */
  async function leastMemory(): Promise<{ rssBytes: number; bufferBytes: number }> {
    let least = await world.cluster.ingress.memory();
    for (let look = 1; look < LOOKS; look += 1) {
      await pause(LOOK_MS);
      const { rssBytes, bufferBytes } = await world.cluster.ingress.memory();
      least = {
        rssBytes: Math.min(least.rssBytes, rssBytes),
        bufferBytes: Math.min(least.bufferBytes, bufferBytes),
      };
    }
    return least;
  }

  /** Streams that have all begun. */
  async function begun(plot: Omit<Story, 'seed'>): Promise<readonly Reservation[]> {
    const clients = Array.from({ length: CLIENTS }, () => ask(world.target, newStory(plot)));
    await within(10_000, 'streams begin', Promise.all(clients.map((client) => client.begun)));
    return clients;
  }
});

/** Polls until the values are stable for a second; returns them. */
async function standstill(look: () => number[]): Promise<number[]> {
  const giveUpAtMs = performance.now() + STANDSTILL_MS;
  let last: number[] = [];
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < 1_000) {
    if (performance.now() > giveUpAtMs) throw new Error('values did not become stable');
    await pause(50);
    const seen = look();
    if (seen.join() !== last.join()) sinceMs = performance.now();
    last = seen;
  }
  return last;
}

function inMb(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}
