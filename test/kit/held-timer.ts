// The clock of the system, but for timers of one duration, which elapse when a test says so.

import { systemClock, type Clock } from '../../shared/runtime/clock.ts';

export function holdTimersOf(heldMs: number): { clock: Clock; elapse: () => void } {
  const held = new Set<() => void>();
  let skippedMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + skippedMs,
    after(delayMs, run) {
      if (delayMs !== heldMs) return systemClock.after(delayMs, run);
      held.add(run);
      return () => void held.delete(run);
    },
  };
  return {
    clock,
    elapse() {
      skippedMs += heldMs;
      for (const run of held) run();
    },
  };
}
