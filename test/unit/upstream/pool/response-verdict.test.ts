import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../../services/upstream/pool/response-verdict.ts';

const NOW = Date.UTC(2026, 0, 1);
const verdict = (status: number, ...headers: string[]) => verdictOf({ status, headers }, NOW);

describe('the verdict on a response', () => {
  it.each([
    [200, false, false],
    [400, false, false],
    [404, false, false],
    [413, false, false],
    [422, false, false],
    [401, true, false],
    [403, true, false],
    [408, true, true],
    [409, true, false],
    [429, true, false],
    [500, true, true],
    [502, true, true],
    [503, true, true],
    [504, true, true],
    [529, true, true],
  ])('of %i is retriable: %s, and failure: %s', (status, isRetriable, isFailure) => {
    expect(verdict(status)).toMatchObject({ isRetriable, isFailure });
  });

  it('follows the retry advice of the upstream', () => {
    expect(verdict(503, 'x-should-retry', 'false').isRetriable).toBe(false);
    expect(verdict(429, 'X-Should-Retry', 'false').isRetriable).toBe(false);
  });

  it.each([
    [['retry-after', '3'], 3_000],
    [['retry-after', '0.5'], 500],
    [['retry-after-ms', '250', 'retry-after', '9'], 250],
    [['retry-after', 'Thu, 01 Jan 2026 00:00:07 GMT'], 7_000],
    [['retry-after', 'soon'], undefined],
    [[], undefined],
  ])('waits with %j for %s ms', (headers, waitMs) => {
    expect(verdict(503, ...headers).waitMs).toBe(waitMs);
  });

  it('suspends a key that is out of quota', () => {
    expect(verdict(429).suspendMs).toBe(5_000);
    expect(verdict(429, 'retry-after', '30').suspendMs).toBe(30_000);
    expect(verdict(429, 'retry-after', '999999').suspendMs).toBe(3_600_000);
    const left = (name: string, count: string) => [
      `anthropic-ratelimit-${name}-remaining`,
      count,
      `anthropic-ratelimit-${name}-reset`,
      '2026-01-01T00:00:20Z',
    ];
    expect(verdict(200, ...left('requests', '0')).suspendMs).toBe(20_000);
    expect(verdict(200, ...left('output-tokens', '0')).suspendMs).toBe(20_000);
    expect(verdict(200, ...left('requests', '1')).suspendMs).toBe(0);
    expect(verdict(401).suspendMs).toBe(60_000);
  });
});
