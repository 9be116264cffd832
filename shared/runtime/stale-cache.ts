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
  /** Shared by concurrent callers while it is pending; never rejects while `last` may be served. */
  value: Promise<T | undefined>;
  untilMs: number;
  /** The last result of `load`. */
  last?: { readonly value: T | undefined; readonly loadedAtMs: number };
}

/** Caches the results of `load`. Rejections are passed on and not cached. */
export function createStaleCache<T>(
  load: (name: string) => Promise<T | undefined>,
  { clock, freshMs, absentMs, staleMs, entriesMax }: StaleCacheOptions,
): (name: string) => Promise<T | undefined> {
  const entryByName = new Map<string, Entry<T>>();
  /** Names without a value, also while they are loaded for the first time: many of them evict no value. */
  const absentByName = new Map<string, Entry<T>>();
  const renew = (entries: Map<string, Entry<T>>, name: string, entry: Entry<T>) => {
    // Delete first to keep the map ordered by age.
    entries.delete(name);
    entries.set(name, entry);
    const [oldest] = entries.keys();
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
  };

  return (name) => {
    const startedMs = clock.monotonic();
    const known = entryByName.get(name) ?? absentByName.get(name);
    if (known && startedMs < known.untilMs) return known.value;
    const loading = load(name);
    const entry: Entry<T> = { ...known, value: loading, untilMs: startedMs + freshMs };
    entry.value = loading.then(
      (value) => {
        keep(name, entry, { value, loadedAtMs: startedMs });
        return value;
      },
      (error: unknown) => fallback(name, entry, error),
    );
    renew(entry.last?.value === undefined ? absentByName : entryByName, name, entry);
    return entry.value;
  };

  function keep(name: string, entry: Entry<T>, last: NonNullable<Entry<T>['last']>): void {
    // A load that was slower than `freshMs` has been followed by another one.
    const current = entryByName.get(name) ?? absentByName.get(name) ?? entry;
    if (last.loadedAtMs >= (current.last?.loadedAtMs ?? -Infinity)) current.last = last;
    if (last.value === undefined) entry.untilMs = last.loadedAtMs + absentMs;
    const [from, to] =
      current.last?.value === undefined ? [entryByName, absentByName] : [absentByName, entryByName];
    if (from.get(name) !== current) return;
    from.delete(name);
    renew(to, name, current);
  }

  function fallback(name: string, entry: Entry<T>, error: unknown): T | undefined {
    const nowMs = clock.monotonic();
    const { last } = entry;
    if (last?.value !== undefined && nowMs < last.loadedAtMs + staleMs) {
      // Counts from now, because a failing store can take seconds to reject.
      entry.untilMs = Math.min(nowMs + freshMs, last.loadedAtMs + staleMs);
      return last.value;
    }
    for (const entries of [entryByName, absentByName]) {
      if (entries.get(name) === entry) entries.delete(name);
    }
    throw error;
  }
}
