// Queues for tests: in a directory with a fake clock, or in a real Redis with BullMQ's own timers. A child
// process opens either one by its location.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Clock } from '../../shared/runtime/clock.ts';
import { connectBullmqQueue } from '../../shared/queue/bullmq.ts';
import { openEmbeddedQueue } from '../../shared/queue/embedded.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import { createFakeClock } from './fake-clock.ts';
import { startRedisServer } from './servers.ts';

/** Short, so that tests with delays are quick. */
export const LIMITS = {
  triesMax: 3,
  backoffMs: 40,
  leaseMs: 1_000,
  pollMs: 100,
  failedKept: 3,
  orphanBytesMs: 60_000,
};

export interface QueueFixture extends AsyncDisposable {
  /** A directory or a Redis URL. */
  readonly location: string;
  readonly errors: unknown[];
  /** Opens the queue as another process would; closed with the fixture. */
  open(): Promise<Queue>;
  nowMs(): number;
  /** Lets some time pass. */
  turn(): Promise<void>;
}

export async function openQueueAt(
  location: string,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Queue> {
  return location.startsWith('redis')
    ? await connectBullmqQueue({ url: location, commandMs: 5_000, clock, limits: LIMITS, onError })
    : openEmbeddedQueue({ directory: location, clock, lockWaitMs: 2_000, limits: LIMITS, onError });
}

export async function embeddedFixture(): Promise<QueueFixture> {
  const location = mkdtempSync(join(tmpdir(), 'llmp-queue-'));
  // Starts at the current time, as a child process on the same directory uses the real clock.
  const clock = createFakeClock(Date.now());
  return fixtureAt(location, clock, {
    turn: async () => {
      await setImmediate();
      clock.advance(LIMITS.pollMs / 5);
    },
    clear: async () => rmSync(location, { recursive: true, force: true }),
  });
}

/** @param clock Only measures time, as BullMQ uses its own timers. */
export async function redisFixture(clock: Clock): Promise<QueueFixture> {
  return redisFixtureOf(await startRedisServer(), clock);
}

/** @param server Only this queue's, as it is ended with it. */
export function redisFixtureOf(
  server: { readonly url: string } & AsyncDisposable,
  clock: Clock,
): QueueFixture {
  return fixtureAt(server.url, clock, {
    turn: async () => await setTimeout(5),
    clear: async () => await server[Symbol.asyncDispose](),
  });
}

function fixtureAt(
  location: string,
  clock: Clock,
  { turn, clear }: { turn: () => Promise<void>; clear: () => Promise<void> },
): QueueFixture {
  const stack = new AsyncDisposableStack();
  stack.defer(clear);
  const errors: unknown[] = [];
  return {
    location,
    errors,
    open: async () =>
      stack.use(await openQueueAt(location, clock, (error) => void errors.push(error))),
    nowMs: () => clock.now(),
    turn,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
