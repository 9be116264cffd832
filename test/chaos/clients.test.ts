import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { sendStory, type ChaosClient } from './kit/client.ts';
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
const RESUMED = 4;
const MB = 1024 * 1024;
const CREDIT_BYTES = CLIENTS * limits.pipeline.creditBytes;
/** Allowance for garbage on the heap after hundreds of megabytes have passed. */
const GARBAGE_BYTES = 192 * MB;
const MEMORY_SAMPLES = 8;
const MEMORY_SAMPLE_MS = 250;

const ENDLESS = { stream: true, parts: 2_000, partSize: 60, paceMs: 50 };
const ABORTED_MS = 2_000;
const STABLE_MS = 60_000;

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
        for (const client of await startStreams(ENDLESS)) {
          const [call] = world.upstream.calls(client.story.seed);
          if (!call) throw new Error('the upstream was not called');
          const leftMs = performance.now();
          client.disconnect();
          tookMs.push((await within(ABORTED_MS, 'an abort', call.disconnected)) - leftMs);
        }
      },
      { size: HEALTHY },
    );
    expect(failed).toEqual([]);
    const sorted = tookMs.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]?.toFixed(1);
    note(
      `cancel: client disconnected → upstream call aborted, ms: p50 ${at(0.5)}, p95 ${at(0.95)}, ` +
        `max ${at(1)}, ${tookMs.length} of ${CLIENTS} aborted`,
    );
  });

  it('buffers at most the credit of stalled clients and does not delay others', async () => {
    const { upstream, target } = world;
    const before = await leastMemory();
    const stalled = Array.from({ length: CLIENTS }, () => sendStory(target, newStory(HUGE)));
    for (const client of stalled) client.stall();
    const calls = (clients: readonly ChaosClient[]) =>
      clients.flatMap(({ story }) => upstream.calls(story.seed));
    const sentBytes = await stableValues(() => calls(stalled).map((call) => call.sentBytes));
    expect(sentBytes).toHaveLength(CLIENTS);
    expect(Math.max(...sentBytes)).toBeLessThan(HUGE_BYTES);

    let during = before;
    const scenario = `with ${CLIENTS} stalled clients`;
    const sample = async () => void (during = await leastMemory());
    const { failed } = await play(world, scenario, sample, { size: HEALTHY });

    const [resumed, disconnect] = [stalled.slice(0, RESUMED), stalled.slice(RESUMED)];
    for (const client of resumed) client.resume();
    const outcomes = await Promise.all(resumed.map(({ outcome }) => outcome));
    for (const client of disconnect) client.disconnect();
    const aborted = Promise.all(calls(disconnect).map(({ disconnected }) => disconnected));
    await within(ABORTED_MS, 'every call of a stalled client that leaves is aborted', aborted);

    const bufferBytes = during.bufferBytes - before.bufferBytes;
    const rssBytes = during.rssBytes - before.rssBytes;
    note(
      `stall: ${CLIENTS} clients that do not read, credit ${inMb(CREDIT_BYTES)}: the ingress grew by ` +
        `${inMb(bufferBytes)} of buffers, ${inMb(rssBytes)} of resident set; their upstreams stood ` +
        `paused after ${inMb(Math.max(...sentBytes))} or less of ${inMb(HUGE_BYTES)}`,
    );
    expect(failed).toEqual([]);
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(resumed.map(() => 'completed'));
    expect(bufferBytes).toBeLessThan(2 * CREDIT_BYTES);
    expect(rssBytes).toBeLessThan(2 * CREDIT_BYTES + GARBAGE_BYTES);
  });

  /** The minimum of several samples, because garbage varies and held data stays. */
  async function leastMemory(): Promise<{ rssBytes: number; bufferBytes: number }> {
    let least = await world.cluster.ingress.memory();
    for (let sample = 1; sample < MEMORY_SAMPLES; sample += 1) {
      await pause(MEMORY_SAMPLE_MS);
      const { rssBytes, bufferBytes } = await world.cluster.ingress.memory();
      least = {
        rssBytes: Math.min(least.rssBytes, rssBytes),
        bufferBytes: Math.min(least.bufferBytes, bufferBytes),
      };
    }
    return least;
  }

  /** Streams that have all begun. */
  async function startStreams(plot: Omit<Story, 'seed'>): Promise<readonly ChaosClient[]> {
    const clients = Array.from({ length: CLIENTS }, () => sendStory(world.target, newStory(plot)));
    await within(10_000, 'streams begin', Promise.all(clients.map((client) => client.begun)));
    return clients;
  }
});

/** Polls until the values are stable for a second; returns them. */
async function stableValues(sample: () => number[]): Promise<number[]> {
  const giveUpAtMs = performance.now() + STABLE_MS;
  let last: number[] = [];
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < 1_000) {
    if (performance.now() > giveUpAtMs) throw new Error('values did not become stable');
    await pause(50);
    const seen = sample();
    if (seen.join() !== last.join()) sinceMs = performance.now();
    last = seen;
  }
  return last;
}

function inMb(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}
