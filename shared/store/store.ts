// The store port: everything that outlives a process or is shared by several: keys (hashes only), team
// limits, quotas, the ledger, the response cache and collections. Each operation is atomic.

import type { ResponseCacheStore } from './response-cache.ts';
import type { Collections } from '../retrieval/collections.ts';
import type { Augmentations } from '../retrieval/augmentations.ts';
import type { Ledger } from '../metering/ledger.ts';
import type { LimitChanges, QuotaLimits, Quotas } from '../metering/quotas.ts';

export interface KeyRecord {
  /** The key's public part, safe to log. */
  readonly id: string;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly name: string;
  /** Milliseconds since the epoch, like the other times here. */
  readonly createdAt: number;
  readonly team?: string;
  /** Exact ids of the models the key may request; absent allows all. */
  readonly models?: readonly string[];
  /** TTL of cached responses in milliseconds; absent disables the cache for this key. */
  readonly cacheMs?: number;
  /** The same as it was sent: `10m`. */
  readonly cacheFor?: string;
  /** Name of the content policy; absent means the default policy. */
  readonly policy?: string;
  /** Collections to search for its requests; the settings of the first one apply. */
  readonly collections?: readonly string[];
  /** The key is rejected from then on. */
  readonly expiresAt?: number;
  /** When the key was revoked; a revoked key is always rejected. */
  readonly disabledAt?: number;
  /**
   * Id of the first key in a chain of rotations; absent in that first key. Placeholders and quotas belong
   * to the lineage, so that a rotation changes no conversation.
   */
  readonly lineageId?: string;
  /** When the key was rotated, and the id of its successor. */
  readonly rotatedAt?: number;
  readonly replacedBy?: string;
  /** Limits of the key's lineage; absent means no limits. */
  readonly limits?: QuotaLimits;
}

export interface KeyPage {
  /** The page starts after this id, which need not exist. */
  readonly after?: string;
  readonly limit: number;
}

export interface Store
  extends AsyncDisposable, Quotas, Ledger, ResponseCacheStore, Collections, Augmentations {
  keyByHash(hash: string): Promise<KeyRecord | undefined>;
  keyById(id: string): Promise<KeyRecord | undefined>;
  /** Adding the same hash again changes nothing. */
  addKey(record: KeyRecord): Promise<void>;
  /** Keys in byte order of their ids. */
  listKeys(page: KeyPage): Promise<KeyRecord[]>;
  /**
   * Replaces a record with the result of `change` and adds `successor`, both in one step.
   * @param change Keeps id and hash; called again after a write conflict. If it throws, nothing is stored.
   * @returns The changed record, or `undefined` when there is no such key.
   */
  updateKey(
    id: string,
    change: (record: KeyRecord) => KeyRecord,
    successor?: KeyRecord,
  ): Promise<KeyRecord | undefined>;
  hasKeys(): Promise<boolean>;
  /** Limits shared by all keys of a team; `undefined` when never set. */
  teamLimits(name: string): Promise<QuotaLimits | undefined>;
  /** Replaces the limits of a team; the team need not have a key. */
  setTeamLimits(name: string, limits: QuotaLimits): Promise<void>;
  /** Changes the given limits of a team and keeps the others. @returns all of them */
  changeTeamLimits(name: string, changes: LimitChanges): Promise<QuotaLimits>;
  /** Names of teams whose limits were ever set, in any order. */
  limitedTeams(): Promise<string[]>;
  /** Whether the store responds now. Rejects when it responds, but does not accept writes. */
  ready(): Promise<boolean>;
}
