// The arithmetic of a token bucket that is refilled continuously, as Anthropic's own limits are
// (https://platform.claude.com/docs/en/api/rate-limits). Whole numbers only, so that every adapter
// counts alike: a level is in units, of which a limit of n per minute refills n each millisecond.

export const UNITS_PER_TOKEN = 60_000;

export interface BucketState {
  /** In units; below zero where more was used than had been estimated. */
  readonly level: number;
  /** When the level was true, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** The bucket as it is at `nowMs`; one never used is full. A clock that goes back refills nothing. */
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
 * Units that must be there before `tokens` are taken. At least one token, as what costs nothing at
 * first can cost something in the end; at most a full bucket, as more will never be there.
 */
export function neededUnits(tokens: number, perMinute: number): number {
  return Math.min(Math.max(tokens, 1), perMinute) * UNITS_PER_TOKEN;
}

/** Milliseconds until a bucket with `tokensLeft` has what a draw of `tokens` needs. */
export function waitMs(tokensLeft: number, tokens: number, perMinute: number): number {
  const missing = neededUnits(tokens, perMinute) - tokensLeft * UNITS_PER_TOKEN;
  return Math.max(0, Math.ceil(missing / perMinute));
}
