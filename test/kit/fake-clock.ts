// A clock that moves only when a test advances it, so tests never sleep.

import type { Clock } from '../../shared/runtime/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward and runs due timers in order. */
  advance(durationMs: number): void;
  /** Moves time forward as a blocked event loop does: timers that are due run once, and late. */
  block(durationMs: number): void;
  /** Number of armed timers; 0 after everything has finished. */
  readonly pending: number;
}

interface Timer {
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly run: () => void;
}

/** @param startMs epoch time at the start; monotonic time starts at 0 */
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
    block(durationMs) {
      elapsedMs += durationMs;
      const due = [...timers].filter(({ dueMs }) => dueMs <= elapsedMs);
      for (const timer of due.toSorted((one, other) => one.dueMs - other.dueMs)) {
        // An earlier one may have cancelled it.
        if (!timers.has(timer)) continue;
        if (timer.periodMs === undefined) timers.delete(timer);
        else timer.dueMs = elapsedMs + timer.periodMs;
        timer.run();
      }
    },
    get pending() {
      return timers.size;
    },
  };
}

/** The next timer due by `untilMs`; of equal ones the first armed. */
function nextDue(timers: Iterable<Timer>, untilMs: number): Timer | undefined {
  let next: Timer | undefined;
  for (const timer of timers) {
    if (timer.dueMs <= untilMs && (!next || timer.dueMs < next.dueMs)) next = timer;
  }
  return next;
}
