// Answers that may be given again to the same request, as the store keeps them: what they say is what
// the upstream said, with placeholders in place of personal data.

export interface CachedResponse {
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** The whole message, JSON text. */
  readonly message: string;
}

export interface ResponseCacheStore {
  /** Undefined where there is none, or where it is over at `nowMs`. */
  answerTo(key: string, nowMs: number): Promise<CachedResponse | undefined>;
  /** Keeps an answer for `ttlMs` from when it was stored, in place of an older one. */
  saveResponse(key: string, answer: CachedResponse, ttlMs: number): Promise<void>;
}
