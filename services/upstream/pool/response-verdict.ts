// What the head of a reply means for the one who asked: whether another try makes sense, whether the
// upstream is at fault, and how long the key that was used should rest.

import { headerOf } from '../../../shared/runtime/raw-headers.ts';

export interface ResponseVerdict {
  /** Another call may succeed: elsewhere, with another key, or here after `waitMs`. */
  readonly isRetriable: boolean;
  /** For the circuit breaker. */
  readonly isFailure: boolean;
  /** What the upstream asks to wait, or undefined. */
  readonly waitMs: number | undefined;
  /** How long the key is of no use. */
  readonly restMs: number;
}

const RETRIABLE = new Set([408, 409, 429]);
/** Without a word of when there will be quota again. */
const REST_MS = 5_000;
/** A key that is refused may have been renewed or permitted since. */
const REFUSED_REST_MS = 60_000;
/** Whatever the upstream says. */
const REST_MS_MAX = 3_600_000;

const QUOTAS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/** `nowMs` is wall time, as resets are moments of it. */
export function verdictOf(
  { status, headers }: { readonly status: number; readonly headers: readonly string[] },
  nowMs: number,
): ResponseVerdict {
  const isServerFault = status >= 500;
  const isRefusedKey = status === 401 || status === 403;
  const advice = headerOf(headers, 'x-should-retry');
  const waitMs = waitOf(headers, nowMs);
  const isRetriable = advice === 'false' ? false : isServerFault || RETRIABLE.has(status);
  const restMs = status === 429 ? (waitMs ?? REST_MS) : exhaustedMs(headers, nowMs);
  return {
    // Another key may be good where this one is not.
    isRetriable: isRetriable || isRefusedKey,
    isFailure: isServerFault || status === 408,
    waitMs,
    restMs: isRefusedKey ? REFUSED_REST_MS : Math.min(REST_MS_MAX, restMs),
  };
}

/** `retry-after` in seconds or as a date (RFC 9110, 10.2.3), or `retry-after-ms`. */
function waitOf(headers: readonly string[], nowMs: number): number | undefined {
  const precise = Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(precise) && precise >= 0) return precise;
  const text = headerOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Milliseconds until a quota of which nothing is left is renewed; 0 where all have some left. */
function exhaustedMs(headers: readonly string[], nowMs: number): number {
  return Math.max(
    0,
    ...QUOTAS.filter((name) => headerOf(headers, `anthropic-ratelimit-${name}-remaining`) === '0')
      .map((name) => Date.parse(headerOf(headers, `anthropic-ratelimit-${name}-reset`) ?? ''))
      .filter((resetMs) => !Number.isNaN(resetMs))
      .map((resetMs) => resetMs - nowMs),
  );
}
