// A continuously refilled token bucket, like Anthropic's own rate limits
// (https://platform.claude.com/docs/en/api/rate-limits). Whole numbers only, so that every store
// computes the same: a limit of n tokens per minute refills n units per millisecond.

export const UNITS_PER_TOKEN = 60_000;

export interface BucketState {
  /** In units; negative when more was used than estimated. */
  readonly level: number;
  /** Time of the level, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** The bucket at `nowMs`; an unused one is full. A clock that goes back refills nothing. */
export function refilled(
  state: BucketState | undefined,
  perMinute: number,
  nowMs: number,
): BucketState {
  const full = perMinute * UNITS_PER_TOKEN;
  if (!state) return { level: full, atMs: nowMs };
  const atMs = Math.max(nowMs, state.atMs);
  return { level: Math.min(full, state.level + (atMs - state.atMs) * perMinute), atMs };
}

/**
 * The level needed to admit a charge: at least one token, since the final charge may be higher, and at
 * most a full bucket, since it never holds more.
 */
export function neededUnits(tokens: number, perMinute: number): number {
  return Math.min(Math.max(tokens, 1), perMinute) * UNITS_PER_TOKEN;
}

/** Milliseconds until a bucket with `tokensLeft` admits a charge of `tokens`. */
export function waitMs(tokensLeft: number, tokens: number, perMinute: number): number {
  const missing = neededUnits(tokens, perMinute) - tokensLeft * UNITS_PER_TOKEN;
  return Math.max(0, Math.ceil(missing / perMinute));
}
