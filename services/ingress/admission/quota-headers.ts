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
  const of = (...rates: QuotaReading['rate'][]) =>
    readings.filter(({ rate }) => rates.includes(rate)).toSorted((a, b) => a.left - b.left)[0];
  const shown = {
    requests: of('requests'),
    tokens: of('input-tokens', 'output-tokens'),
    'input-tokens': of('input-tokens'),
    'output-tokens': of('output-tokens'),
  };
  return Object.entries(shown).flatMap(([name, reading]) => {
    if (!reading) return [];
    const { perMinute, left } = reading;
    const fullMs = nowMs + Math.max(0, ((perMinute - left) / perMinute) * 60_000);
    // Whole seconds, as Anthropic sends them; rounded up, so that the bucket is full by then.
    const reset = new Date(Math.ceil(fullMs / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
    return [
      [`anthropic-ratelimit-${name}-limit`, String(perMinute)],
      [`anthropic-ratelimit-${name}-remaining`, String(Math.max(0, Math.floor(left)))],
      [`anthropic-ratelimit-${name}-reset`, reset],
    ].flat();
  });
}
