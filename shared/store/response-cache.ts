// The store's part of the response cache. Cached messages hold placeholders, not personal data.

export interface CachedResponse {
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** The complete message as JSON text. */
  readonly message: string;
}

export interface ResponseCacheStore {
  /** `undefined` when there is none or it has expired at `nowMs`. */
  cachedResponse(key: string, nowMs: number): Promise<CachedResponse | undefined>;
  /** Adds or replaces; it expires `ttlMs` after `storedAtMs`. */
  saveResponse(key: string, response: CachedResponse, ttlMs: number): Promise<void>;
}
