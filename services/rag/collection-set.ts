import { hash } from 'node:crypto';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { CollectionRecord, Collections } from '../../shared/retrieval/collections.ts';
import { createStaleCache } from '../../shared/runtime/stale-cache.ts';
import type { RagLimits } from '../../shared/limits.ts';

export interface CollectionSet {
  /** In the key's order; deleted collections and those of other teams are left out. */
  readonly collections: readonly CollectionRecord[];
  /** Changes with every change of a collection, its settings or its documents. */
  readonly version: string;
}

export type CollectionSetOf = (
  names: readonly string[],
  team: string | undefined,
) => Promise<CollectionSet>;

export interface CollectionSetPorts {
  readonly collections: Pick<Collections, 'collection'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<RagLimits, 'settingsFreshMs' | 'collectionsCachedMax'>;
}

/** The collections a key may search, cached for `settingsFreshMs`. Rejects if the store is down. */
export function createCollectionSets({
  collections,
  clock,
  limits,
}: CollectionSetPorts): CollectionSetOf {
  const cached = createStaleCache((name) => collections.collection(name), {
    clock,
    freshMs: limits.settingsFreshMs,
    absentMs: limits.settingsFreshMs,
    staleMs: 0,
    entriesMax: limits.collectionsCachedMax,
  });
  return async (names, team) => {
    const found = await Promise.all(names.map((name) => cached(name)));
    const allowed = found.filter(
      (record): record is CollectionRecord =>
        record !== undefined && (record.team === undefined || record.team === team),
    );
    return { collections: allowed, version: hash('sha256', JSON.stringify(allowed), 'base64url') };
  };
}
