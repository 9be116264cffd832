// Where a queue lives in tests: a directory with a clock that is advanced by hand, or a real Redis with
// BullMQ's own timers. Both end up as `QueuePlace`, and a child process finds either by one word.

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

/** Short, so that tests that must live through pauses are quick. */
export const TERMS = {
  triesMax: 3,
  backoffMs: 40,
  leaseMs: 1_000,
  pollMs: 100,
  failedKept: 3,
  orphanBytesMs: 60_000,
};

export interface QueuePlace extends AsyncDisposable {
  /** A directory, or the URL of a Redis. */
  readonly where: string;
  readonly faults: unknown[];
  /** One process's end of the queue; closed with the place, if not before. */
  open(): Promise<Queue>;
  nowMs(): number;
  /** Lets a little time pass. */
  turn(): Promise<void>;
}

export async function openQueueAt(
  where: string,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Queue> {
  return where.startsWith('redis:')
    ? await connectBullmqQueue({ url: where, commandMs: 5_000, clock, limits: TERMS, onError })
    : openEmbeddedQueue({ directory: where, clock, limits: TERMS, onError });
}

export async function embeddedPlace(): Promise<QueuePlace> {
  const where = mkdtempSync(join(tmpdir(), 'llmp-queue-'));
  // Begins now, as a child process on the same directory has the real time.
  const clock = createFakeClock(Date.now());
  return placeAt(where, clock, {
    turn: async () => {
      await setImmediate();
      clock.advance(TERMS.pollMs / 5);
    },
    clear: async () => rmSync(where, { recursive: true, force: true }),
  });
}

/** `clock` measures; what BullMQ does in time, it does by its own timers. */
export async function redisPlace(clock: Clock): Promise<QueuePlace> {
  const server = await startRedisServer();
  return placeAt(server.url, clock, {
    turn: async () => await setTimeout(5),
    clear: async () => await server[Symbol.asyncDispose](),
  });
}

function placeAt(
  where: string,
  clock: Clock,
  { turn, clear }: { turn: () => Promise<void>; clear: () => Promise<void> },
): QueuePlace {
  const stack = new AsyncDisposableStack();
  stack.defer(clear);
  const faults: unknown[] = [];
  return {
    where,
    faults,
    open: async () =>
      stack.use(await openQueueAt(where, clock, (error) => void faults.push(error))),
    nowMs: () => clock.now(),
    turn,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
