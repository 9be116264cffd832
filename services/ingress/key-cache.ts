// Key records as the door remembers them, so that a busy key does not ask the store for each request.
// An entry counts from when the store was asked, so a revocation is seen everywhere within its time.

import type { Clock } from '../../shared/clock.ts';
import type { Limits } from '../../shared/limits.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';

export interface KeyCachePorts {
  readonly store: Pick<Store, 'keyByHash'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<Limits, 'keyFreshMs' | 'keyAbsentMs' | 'keysCachedMax'>;
}

interface Entry {
  /** Shared by all who ask while the store has not answered yet. */
  readonly record: Promise<KeyRecord | undefined>;
  untilMs: number;
}

/** Gives `keyByHash` with a memory; what the store rejects with is passed on and not remembered. */
export function createKeyCache({ store, clock, limits }: KeyCachePorts): Pick<Store, 'keyByHash'> {
  const entryByHash = new Map<string, Entry>();

  return {
    keyByHash(hash) {
      const nowMs = clock.monotonic();
      const known = entryByHash.get(hash);
      if (known && nowMs < known.untilMs) return known.record;
      const record = store.keyByHash(hash);
      const entry: Entry = { record, untilMs: nowMs + limits.keyFreshMs };
      // Deleted first, so that the order of the map is the order of age.
      entryByHash.delete(hash);
      entryByHash.set(hash, entry);
      const [oldest] = entryByHash.keys();
      if (entryByHash.size > limits.keysCachedMax && oldest !== undefined) {
        entryByHash.delete(oldest);
      }
      record.then(
        (found) => {
          if (!found) entry.untilMs = nowMs + limits.keyAbsentMs;
        },
        () => {
          if (entryByHash.get(hash) === entry) entryByHash.delete(hash);
        },
      );
      return record;
    },
  };
}
