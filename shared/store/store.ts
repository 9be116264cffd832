// The store port: what must outlive a process, or be shared by several. Keys (as hashes only), limits
// of teams, quotas and the ledger. Each operation is one step that other processes see whole or not at all, so no
// adapter needs a lock of its users.

import type { ResponseCacheStore } from './response-cache.ts';
import type { Collections } from '../retrieval/collections.ts';
import type { Augmentations } from '../retrieval/augmentations.ts';
import type { Ledger } from '../metering/ledger.ts';
import type { QuotaLimits, Quotas } from '../metering/quotas.ts';

export interface KeyRecord {
  /** The key's public part, safe to log. */
  readonly id: string;
  /** sha-256 of the whole key, hex. */
  readonly hash: string;
  readonly name: string;
  /** Milliseconds since the epoch, like the other times here. */
  readonly createdAt: number;
  readonly team?: string;
  /** The only models the key may ask for, by exact id; absent allows all. */
  readonly models?: readonly string[];
  /** How long its answers may be given again to the same request, in milliseconds; absent: never. */
  readonly cacheMs?: number;
  /** Name of the content policy for its requests; absent means the default one. */
  readonly policy?: string;
  /** Collections its requests are answered from, the first of which says how; absent: none. */
  readonly collections?: readonly string[];
  /** From then on the key is not accepted. */
  readonly expiresAt?: number;
  /** When the key was revoked; it is not accepted whatever else is set. */
  readonly disabledAt?: number;
  /**
   * The id of the first key of a line of rotated ones; absent in that first one. Placeholders and
   * rules belong to the line, so that a rotation changes no conversation.
   */
  readonly lineageId?: string;
  /** When a new key took this one's place, and the id of that key. */
  readonly rotatedAt?: number;
  readonly replacedBy?: string;
  /** What the key's line may use; absent bounds nothing. */
  readonly limits?: QuotaLimits;
}

export interface KeyPage {
  /** The id after which the page begins; it need not exist. */
  readonly after?: string;
  readonly limit: number;
}

export interface Store
  extends AsyncDisposable, Quotas, Ledger, ResponseCacheStore, Collections, Augmentations {
  /** The key's record, or undefined when no such key was ever added. */
  keyByHash(hash: string): Promise<KeyRecord | undefined>;
  keyById(id: string): Promise<KeyRecord | undefined>;
  /** Adds a key; adding the same hash again changes nothing. */
  addKey(record: KeyRecord): Promise<void>;
  /** Keys in the order of their ids, byte by byte. */
  listKeys(page: KeyPage): Promise<KeyRecord[]>;
  /**
   * Replaces a key's record by what `change` makes of it and adds `successor`, both in one step.
   * `change` keeps id and hash, and may be called again when another writer came first; what it
   * throws is passed on, and nothing is stored then. Undefined when there is no such key.
   */
  updateKey(
    id: string,
    change: (record: KeyRecord) => KeyRecord,
    successor?: KeyRecord,
  ): Promise<KeyRecord | undefined>;
  hasKeys(): Promise<boolean>;
  /** What all keys of a team may use together; undefined where nothing was ever set. */
  teamLimits(name: string): Promise<QuotaLimits | undefined>;
  /** Replaces the limits of a team, which need not have a key. */
  setTeamLimits(name: string, limits: QuotaLimits): Promise<void>;
  /** Whether the store answers now. */
  ready(): Promise<boolean>;
}
