// What the store said, remembered for a moment, so that a busy key does not ask the store for each
// request. An entry counts from when the store was asked, so that a change (a revocation, a
// new limit) is seen everywhere within its time.

import type { Clock } from './clock.ts';

export interface StaleCacheOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How long an answer counts, in milliseconds. */
  readonly freshMs: number;
  /** The same for the answer that there is nothing. */
  readonly absentMs: number;
  /** How long the last answer stands in for a store that does not answer; 0 passes its fault on. */
  readonly staleMs: number;
  readonly entriesMax: number;
}

interface Entry<T> {
  /** Shared by all who ask while the store has not answered yet. */
  readonly found: Promise<T | undefined>;
  untilMs: number;
  /** When the store was asked for what `found` holds. */
  readonly askedMs: number;
}

/** Gives `load` a memory; a fault it rejects with is passed on and not remembered. */
export function createStaleCache<T>(
  load: (name: string) => Promise<T | undefined>,
  { clock, freshMs, absentMs, staleMs, entriesMax }: StaleCacheOptions,
): (name: string) => Promise<T | undefined> {
  const entryByName = new Map<string, Entry<T>>();

  return (name) => {
    const nowMs = clock.monotonic();
    const known = entryByName.get(name);
    if (known && nowMs < known.untilMs) return known.found;
    const loaded = load(name);
    const placeholderSecret = known && nowMs < known.askedMs + staleMs ? known : undefined;
    const entry: Entry<T> = { found: loaded, untilMs: nowMs + freshMs, askedMs: nowMs };
    // Deleted first, so that the order of the map is the order of age.
    entryByName.delete(name);
    entryByName.set(name, entry);
    const [oldest] = entryByName.keys();
    if (entryByName.size > entriesMax && oldest !== undefined) entryByName.delete(oldest);
    entry.found.then(
      (found) => {
        if (found === undefined) entry.untilMs = nowMs + absentMs;
      },
      () => {
        if (entryByName.get(name) !== entry) return;
        entryByName.delete(name);
        // Counts from now: a store that is down takes its time to say so.
        if (placeholderSecret) {
          const untilMs = clock.monotonic() + freshMs;
          entryByName.set(name, { ...placeholderSecret, untilMs });
        }
      },
    );
    return placeholderSecret ? loaded.catch(() => placeholderSecret.found) : loaded;
  };
}
