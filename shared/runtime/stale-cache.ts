// A short-lived cache in front of the store with stale-if-error (RFC 5861). An entry's age counts
// from the request to the store, so a revocation takes effect within `freshMs`.

import type { Clock } from './clock.ts';

export interface StaleCacheOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly freshMs: number;
  /** Replaces `freshMs` for an absent value. */
  readonly absentMs: number;
  /** How long a value may be served while the store fails; 0 disables it. */
  readonly staleMs: number;
  readonly entriesMax: number;
}

interface Entry<T> {
  /** Shared by concurrent callers while it is pending. */
  readonly value: Promise<T | undefined>;
  untilMs: number;
  readonly loadedAtMs: number;
}

/** Caches the results of `load`. Rejections are passed on and not cached. */
export function createStaleCache<T>(
  load: (name: string) => Promise<T | undefined>,
  { clock, freshMs, absentMs, staleMs, entriesMax }: StaleCacheOptions,
): (name: string) => Promise<T | undefined> {
  const entryByName = new Map<string, Entry<T>>();
  /** Kept apart, so that many absent names evict no value. */
  const absentByName = new Map<string, Entry<T>>();
  const renew = (entries: Map<string, Entry<T>>, name: string, entry: Entry<T>) => {
    // Delete first to keep the map ordered by age.
    entries.delete(name);
    entries.set(name, entry);
    const [oldest] = entries.keys();
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
  };

  return (name) => {
    const nowMs = clock.monotonic();
    const known = entryByName.get(name) ?? absentByName.get(name);
    if (known && nowMs < known.untilMs) return known.value;
    const loading = load(name);
    const stale = known && nowMs < known.loadedAtMs + staleMs ? known : undefined;
    const entry: Entry<T> = { value: loading, untilMs: nowMs + freshMs, loadedAtMs: nowMs };
    renew(entryByName, name, entry);
    absentByName.delete(name);
    entry.value.then(
      (value) => {
        if (value !== undefined) return;
        entry.untilMs = nowMs + absentMs;
        if (entryByName.get(name) !== entry) return;
        entryByName.delete(name);
        renew(absentByName, name, entry);
      },
      () => {
        if (entryByName.get(name) !== entry) return;
        entryByName.delete(name);
        // Counts from now, because a failing store can take seconds to reject.
        if (stale) {
          const untilMs = clock.monotonic() + freshMs;
          entryByName.set(name, { ...stale, untilMs });
        }
      },
    );
    return stale ? loading.catch(() => stale.value) : loading;
  };
}
