// Nothing guarantees in which order containers start: at start, servers that are needed and cannot be
// reached yet are tried again for a while. What waiting does not mend, such as a wrong password, fails
// at once.

import { pause, type Clock } from '../../shared/runtime/clock.ts';
import { DependencyError } from '../../shared/runtime/dependency-error.ts';
import type { Events } from '../../shared/events.ts';

/** Pauses grow from the first to the last of these. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 1_000;

export interface Waiting {
  readonly clock: Clock;
  /** From the first try on; 0 leaves it at that one. */
  readonly waitMs: number;
  readonly events: Pick<Events, 'dependencyMissing' | 'dependencyReady'>;
}

/** What `open` gives, or its last error. */
export async function whenReachable<Opened>(
  open: () => Promise<Opened>,
  { clock, waitMs, events }: Waiting,
): Promise<Opened> {
  const startedMs = clock.monotonic();
  const tookMs = () => Math.round(clock.monotonic() - startedMs);
  let awaited: DependencyError | undefined;
  for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    try {
      const opened = await open();
      if (awaited) {
        const { component, address } = awaited;
        events.dependencyReady({ component, address, tookMs: tookMs() });
      }
      return opened;
    } catch (error) {
      const leftMs = waitMs - tookMs();
      if (!(error instanceof DependencyError) || !error.isTransient || leftMs <= 0) throw error;
      if (!awaited) events.dependencyMissing(error);
      awaited = error;
      await pause(clock, Math.min(pauseMs, leftMs));
    }
  }
}
