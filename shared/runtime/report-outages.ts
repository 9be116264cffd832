// A client reports a server that is gone for each connection and attempt to reconnect, several times a second.

import type { Clock } from './clock.ts';
import { DependencyError } from './dependency-error.ts';

/** How long the same message is not repeated. */
const QUIET_MS = 60_000;

/** Passes on each message about a server that may come back once a minute, and every other error. */
export function reportOutages(
  report: (error: unknown) => void,
  clock: Pick<Clock, 'monotonic'>,
): (error: unknown) => void {
  const reportedAt = new Map<string, number>();
  return (error) => {
    if (error instanceof DependencyError && error.isTransient) {
      const nowMs = clock.monotonic();
      const lastMs = reportedAt.get(error.message);
      if (lastMs !== undefined && nowMs - lastMs < QUIET_MS) return;
      reportedAt.set(error.message, nowMs);
    }
    report(error);
  };
}
