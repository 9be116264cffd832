// The store port: what must outlive a process. Today that is the keys, as hashes only.

export interface KeyRecord {
  /** The key's public part, safe to log. */
  readonly id: string;
  /** sha-256 of the whole key, hex. */
  readonly hash: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface Store extends AsyncDisposable {
  /** The key's record, or undefined when no such key was ever added. */
  keyByHash(hash: string): Promise<KeyRecord | undefined>;
  /** Adds a key; adding the same hash again changes nothing. */
  addKey(record: KeyRecord): Promise<void>;
  hasKeys(): Promise<boolean>;
  /** Whether the store answers now. */
  ready(): Promise<boolean>;
}
