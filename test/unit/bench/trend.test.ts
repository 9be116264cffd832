import { describe, expect, it } from 'vitest';
import { growthOf, slopeOf } from '../../bench/soak/trend.ts';
import { seeded } from '../../kit/seeded.ts';

function samples(valueAt: (seconds: number) => number) {
  return Array.from({ length: 30 }, (_, at) => ({ seconds: 4 * at, value: valueAt(4 * at) }));
}

describe('the trend of a soak', () => {
  it('is the slope of steady growth', () => {
    expect(slopeOf(samples((seconds) => 200 + 0.5 * seconds))).toBeCloseTo(0.5);
    expect(growthOf(samples((seconds) => 200 + 0.5 * seconds))).toBeCloseTo(58);
  });

  it('is visible through noise larger than each step', () => {
    const chance = seeded(1);
    const noisy = samples((seconds) => 200 + 0.5 * seconds + chance(20));
    expect(growthOf(noisy)).toBeGreaterThan(40);
  });

  it('is not moved by a late collection of garbage', () => {
    const outliers = samples((seconds) => (seconds > 100 ? 400 : 200));
    expect(growthOf(outliers)).toBe(0);
  });

  it('is zero for pure noise', () => {
    const chance = seeded(2);
    expect(Math.abs(growthOf(samples(() => 200 + chance(10))))).toBeLessThan(5);
  });
});
