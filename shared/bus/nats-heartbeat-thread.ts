// The heartbeat thread of a worker process: its event loop may be blocked by a large body, but the worker is
// not lost. It has a connection of its own and only publishes.

import { workerData } from 'node:worker_threads';
import { createEvents } from '../events.ts';
import { systemClock } from '../runtime/clock.ts';
import { BackupHeartbeats } from './backup-heartbeats.ts';
import { findLoopBlocker } from './loop-blocker.ts';
import { connectNats } from './nats-connection.ts';
import { natsStartError } from './nats-error.ts';
import type { ThreadData } from './nats-heartbeats.ts';
import { WorkTable } from './work-table.ts';

const { connection, inboxPrefix, limits, memory } = workerData as ThreadData;
const { connectMs } = limits;

/** How long a hanging event loop may take to be paused: milliseconds, or for ever in native code. */
const PAUSE_MS = 5_000;

try {
  const nc = await connectNats(connection, { connectMs, inboxPrefix, waitOnFirstConnect: true });
  const heartbeats = new BackupHeartbeats({
    clock: systemClock,
    limits,
    table: new WorkTable(memory),
    publish: (subject, batch) => nc.publish(subject, batch),
    findBlocker: () => findLoopBlocker(systemClock, PAUSE_MS),
    end: ({ work, stack, blockedMs }) => void endProcess(work, stack, blockedMs),
  });
  const stopTicks = systemClock.every(limits.heartbeatMs, () => heartbeats.tick());
  const error = await nc.closed();
  stopTicks();
  throw error ?? new Error('the connection of the heartbeat thread was closed');
} catch (error) {
  throw natsStartError(error, connection);
}

/** An event loop that hangs can neither drain nor end; a supervisor starts the process again. */
async function endProcess(
  work: string | undefined,
  stack: readonly string[],
  blockedMs: number,
): Promise<void> {
  try {
    const { createOutputLog } = await import('../log.ts');
    const { log, flush } = createOutputLog('fatal');
    const requestId = work?.slice(0, work.indexOf('/'));
    createEvents(log).workerHangs({
      ...(requestId === undefined ? {} : { requestId }),
      blockedMs: Math.round(blockedMs),
      stack,
    });
    flush();
  } finally {
    process.kill(process.pid, 'SIGKILL');
  }
}
