// A clock that stands still until a test advances it, so that no test ever sleeps.

import type { Clock } from '../../shared/runtime/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and runs whatever falls due on the way, in order of its due time. */
  advance(durationMs: number): void;
  /** Timers that are armed; a part that has finished should hold none. */
  readonly pending: number;
}

interface Timer {
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

/** Starts at `startMs` since the epoch; its monotonic time starts at 0. */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;

  const arm = (delayMs: number, periodMs: number | undefined, run: () => void) => {
    const timer: Timer = { dueMs: elapsedMs + delayMs, periodMs, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after: (delayMs, run) => arm(delayMs, undefined, run),
    every(periodMs, run) {
      if (periodMs <= 0) throw new RangeError('a period must be longer than 0 ms');
      return arm(periodMs, periodMs, run);
    },
    advance(durationMs) {
      const untilMs = elapsedMs + durationMs;
      for (let timer = nextDue(timers, untilMs); timer; timer = nextDue(timers, untilMs)) {
        elapsedMs = Math.max(elapsedMs, timer.dueMs);
        if (timer.periodMs === undefined) timers.delete(timer);
        else timer.dueMs += timer.periodMs;
        timer.run();
      }
      elapsedMs = untilMs;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** The timer that falls due first, up to `untilMs`; of equals the one armed first. */
function nextDue(timers: Iterable<Timer>, untilMs: number): Timer | undefined {
  let next: Timer | undefined;
  for (const timer of timers) {
    if (timer.dueMs <= untilMs && (!next || timer.dueMs < next.dueMs)) next = timer;
  }
  return next;
}
