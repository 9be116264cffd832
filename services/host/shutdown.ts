// How a process leaves: it first says that it is going, finishes what is open, then closes its
// connections. Each of these is bounded, whatever the servers, clients and workers it waits for do.

import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { Limits } from '../../shared/limits.ts';

export interface LeaveOptions {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'drainMs' | 'shutdownMs' | 'lostBusMs' | 'heartbeatMs'>;
  /** How long requests are still taken. */
  readonly lameDuckMs: number;
  /** Ends what is open at once when it aborts. */
  readonly hurry: AbortSignal | undefined;
  /** How long messages have not been able to pass; 0 while they can. */
  readonly cutOffMs: () => number;
  /** In their order; each finishes what is open until its signal aborts, and then ends it. */
  readonly drains: readonly (readonly [what: string, (signal: AbortSignal) => Promise<void>])[];
  readonly close: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Told what had not ended when the process was to be gone. */
  readonly stopTimedOut: (facts: { waitedFor: string }) => void;
}

/** Resolves when all has ended; rejects when some of it failed, or has not ended in time. */
export async function leave(options: LeaveOptions): Promise<void> {
  const { clock, limits, lameDuckMs, hurry, cutOffMs, onError, stopTimedOut } = options;
  const grace = new AbortController();
  const end = () => grace.abort();
  hurry?.addEventListener('abort', end, { once: true });
  // Without a bus no answer can come home, so there is nothing to wait for.
  const look = () => {
    if (hurry?.aborted || cutOffMs() >= limits.lostBusMs) end();
  };
  look();
  const cancelTimers = [clock.every(limits.heartbeatMs, look)];
  let waitedFor = 'requests';
  const late = Promise.withResolvers<never>();
  const giveUp = () => {
    stopTimedOut({ waitedFor });
    late.reject(new Error(`the process waited for its ${waitedFor} for too long`));
  };
  const leaveSoon = () => void cancelTimers.push(clock.after(limits.shutdownMs, giveUp));
  if (grace.signal.aborted) leaveSoon();
  else grace.signal.addEventListener('abort', leaveSoon, { once: true });

  let isClean = true;
  const step = async (what: string, run: () => Promise<void>) => {
    waitedFor = what;
    await run().catch((error: unknown) => {
      isClean = false;
      onError(error);
    });
  };
  const all = async () => {
    if (lameDuckMs > 0) await pause(clock, lameDuckMs, grace.signal);
    cancelTimers.push(clock.after(limits.drainMs, end));
    for (const [what, drain] of options.drains) await step(what, () => drain(grace.signal));
    end();
    await step('connections', options.close);
  };
  try {
    await Promise.race([all(), late.promise]);
  } finally {
    for (const cancelTimer of cancelTimers) cancelTimer();
    hurry?.removeEventListener('abort', end);
  }
  if (!isClean) throw new Error('some of the process failed as it stopped');
}
