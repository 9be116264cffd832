// Derives from a response's head whether to retry, whether the upstream failed, and how long the key is
// unavailable.

import { headerOf } from '../../../shared/runtime/raw-headers.ts';

export interface ResponseVerdict {
  /** Another call may succeed: elsewhere, with another key, or after `waitMs`. */
  readonly isRetriable: boolean;
  /** For the circuit breaker. */
  readonly isFailure: boolean;
  /** The wait that the upstream asks for. */
  readonly waitMs: number | undefined;
  /** How long the key is unavailable. */
  readonly suspendMs: number;
}

const RETRIABLE = new Set([408, 409, 429]);
/** For a 429 that does not say when quota is available again. */
const SUSPEND_MS = 5_000;
/** A rejected key may become valid later. */
const REJECTED_SUSPEND_MS = 60_000;
/** Upper bound, whatever the upstream says. */
const SUSPEND_MS_MAX = 3_600_000;

const QUOTAS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/** @param nowMs wall-clock time, to compare with quota resets */
export function verdictOf(
  { status, headers }: { readonly status: number; readonly headers: readonly string[] },
  nowMs: number,
): ResponseVerdict {
  const isServerError = status >= 500;
  const isRejectedKey = status === 401 || status === 403;
  const advice = headerOf(headers, 'x-should-retry');
  const waitMs = waitOf(headers, nowMs);
  const isRetriable = advice === 'false' ? false : isServerError || RETRIABLE.has(status);
  const suspendMs = status === 429 ? (waitMs ?? SUSPEND_MS) : exhaustedMs(headers, nowMs);
  return {
    // Another key may be valid.
    isRetriable: isRetriable || isRejectedKey,
    isFailure: isServerError || status === 408,
    waitMs,
    suspendMs: isRejectedKey ? REJECTED_SUSPEND_MS : Math.min(SUSPEND_MS_MAX, suspendMs),
  };
}

/** `retry-after` in seconds or as a date (RFC 9110, 10.2.3), or `retry-after-ms`. */
function waitOf(headers: readonly string[], nowMs: number): number | undefined {
  const waitMs = Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(waitMs) && waitMs >= 0) return waitMs;
  const text = headerOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Milliseconds until all exhausted quotas reset; 0 if none is exhausted. */
function exhaustedMs(headers: readonly string[], nowMs: number): number {
  return Math.max(
    0,
    ...QUOTAS.filter((name) => headerOf(headers, `anthropic-ratelimit-${name}-remaining`) === '0')
      .map((name) => Date.parse(headerOf(headers, `anthropic-ratelimit-${name}-reset`) ?? ''))
      .filter((resetMs) => !Number.isNaN(resetMs))
      .map((resetMs) => resetMs - nowMs),
  );
}
