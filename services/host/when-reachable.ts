import type { Events } from '../../shared/events.ts';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import { DependencyError } from '../../shared/runtime/dependency-error.ts';

/** Pauses between attempts double from the first to the second of these. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 1_000;

export interface RetryOptions {
  readonly clock: Clock;
  /** Counted from the first attempt; 0 allows no other. */
  readonly waitMs: number;
  readonly events: Pick<Events, 'dependencyMissing' | 'dependencyReady'>;
}

/**
 * Retries `open` while a server cannot be reached, as containers start in any order. Errors that a
 * retry cannot fix, such as a wrong password, reject at once.
 */
export async function whenReachable<Opened>(
  open: () => Promise<Opened>,
  { clock, waitMs, events }: RetryOptions,
): Promise<Opened> {
  const startedMs = clock.monotonic();
  const elapsedMs = () => Math.round(clock.monotonic() - startedMs);
  let lastError: DependencyError | undefined;
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    try {
      const opened = await open();
      if (lastError) {
        const { component, address } = lastError;
        events.dependencyReady({ component, address, tookMs: elapsedMs() });
      }
      return opened;
    } catch (error) {
      const leftMs = waitMs - elapsedMs();
      if (!(error instanceof DependencyError) || !error.isTransient || leftMs <= 0) throw error;
      if (!lastError) events.dependencyMissing(error);
      lastError = error;
      await pause(clock, Math.min(pauseMs, leftMs));
    }
  }
}
