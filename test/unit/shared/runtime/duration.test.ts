import { describe, expect, it } from 'vitest';
import { durationMs } from '../../../../shared/runtime/duration.ts';

describe('durationMs', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
  ])('parses %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '5', 'd', '1.5h', '-1s', '1 h', '1H', '1w', '1h30m', '9999999999s'])(
    'does not parse %j',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );
});
