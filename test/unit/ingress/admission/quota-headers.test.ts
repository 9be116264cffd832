import { describe, expect, it } from 'vitest';
import { quotaHeaders } from '../../../../services/ingress/admission/quota-headers.ts';

const NOW = Date.UTC(2026, 0, 1);
const shown = (...readings: Parameters<typeof quotaHeaders>[0]) => {
  const headers = quotaHeaders(readings, NOW);
  return headers.flatMap((name, at) =>
    at % 2 ? [] : [`${name.slice('anthropic-ratelimit-'.length)} ${headers[at + 1]}`],
  );
};

describe('rate limit headers', () => {
  it('are absent without limits', () => {
    expect(shown()).toEqual([]);
  });

  it('give limit, remaining whole tokens, and when the bucket is full again', () => {
    expect(shown({ rate: 'requests', perMinute: 60, left: 29.5 })).toEqual([
      'requests-limit 60',
      'requests-remaining 29',
      'requests-reset 2026-01-01T00:00:31Z',
    ]);
  });

  it('give 0 for an overdrawn bucket, and include the debt in its reset', () => {
    expect(shown({ rate: 'requests', perMinute: 60, left: -60 })).toEqual([
      'requests-limit 60',
      'requests-remaining 0',
      'requests-reset 2026-01-01T00:02:00Z',
    ]);
  });

  it('are of the limit with less left, and tokens of the rate with less left', () => {
    const lines = shown(
      { rate: 'input-tokens', perMinute: 900, left: 800 },
      { rate: 'output-tokens', perMinute: 100, left: 90 },
      { rate: 'input-tokens', perMinute: 5_000, left: 40 },
    );
    expect(lines).toContain('input-tokens-limit 5000');
    expect(lines).toContain('tokens-remaining 40');
    expect(lines).toContain('output-tokens-remaining 90');
  });
});
