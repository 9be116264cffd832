// Answers that may be given again to the same request, as the store keeps them: what they say is what
// the upstream said, with placeholders in place of personal data.

export interface CachedAnswer {
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** The whole message, JSON text. */
  readonly message: string;
}

export interface CachedAnswers {
  /** Undefined where there is none, or where it is over at `nowMs`. */
  answerTo(key: string, nowMs: number): Promise<CachedAnswer | undefined>;
  /** Keeps an answer for `ttlMs` from when it was stored, in place of an older one. */
  keepAnswer(key: string, answer: CachedAnswer, ttlMs: number): Promise<void>;
}
