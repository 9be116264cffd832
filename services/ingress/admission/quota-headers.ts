// The rate limit headers of https://platform.claude.com/docs/en/api/rate-limits.

export interface QuotaReading {
  readonly rate: 'requests' | 'input-tokens' | 'output-tokens';
  readonly perMinute: number;
  /** May be a fraction, or negative. */
  readonly left: number;
}

/**
 * Raw pairs of limit, remaining and reset for each rate: of the key or its team, whichever has less left.
 * `reset` is when the bucket is full again; `tokens` is input or output, whichever has less left.
 */
export function quotaHeaders(readings: readonly QuotaReading[], nowMs: number): string[] {
  const headers: string[] = [];
  for (const { rates, limit, remaining, reset } of SHOWN) {
    const reading = least(readings, rates);
    if (!reading) continue;
    const { perMinute, left } = reading;
    const fullMs = nowMs + Math.max(0, ((perMinute - left) / perMinute) * 60_000);
    headers.push(limit, String(perMinute));
    headers.push(remaining, String(Math.max(0, Math.floor(left))));
    // Whole seconds, as Anthropic sends them; rounded up, so that the bucket is full by then.
    headers.push(reset, secondNamed(Math.ceil(fullMs / 1_000)));
  }
  return headers;
}

const SHOWN = Object.entries({
  requests: ['requests'],
  tokens: ['input-tokens', 'output-tokens'],
  'input-tokens': ['input-tokens'],
  'output-tokens': ['output-tokens'],
} satisfies Record<string, QuotaReading['rate'][]>).map(([name, rates]) => ({
  rates,
  limit: `anthropic-ratelimit-${name}-limit`,
  remaining: `anthropic-ratelimit-${name}-remaining`,
  reset: `anthropic-ratelimit-${name}-reset`,
}));

/** The first of the readings of these rates that have the least left. */
function least(
  readings: readonly QuotaReading[],
  rates: readonly string[],
): QuotaReading | undefined {
  let found: QuotaReading | undefined;
  for (const reading of readings) {
    if (rates.includes(reading.rate) && !(found && found.left <= reading.left)) found = reading;
  }
  return found;
}

function secondNamed(second: number): string {
  if (second !== lastSecond.second) {
    const name = new Date(second * 1_000).toISOString().replace('.000Z', 'Z');
    lastSecond = { second, name };
  }
  return lastSecond.name;
}

/** Most buckets of a request are full in the same second. */
let lastSecond = { second: Number.NaN, name: '' };
