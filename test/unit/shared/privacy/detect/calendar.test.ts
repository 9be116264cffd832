import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDay, isDayOfCentury, numberAt } from '../../../../../shared/privacy/detect/calendar.ts';
import { checkProperty } from '../../../../kit/properties.ts';

describe('isDay', () => {
  it('knows the days that a Date keeps', () => {
    const year = fc.integer({ min: 1800, max: 2300 });
    checkProperty(
      fc.property(year, fc.nat(14), fc.nat(33), (y, month, day) => {
        const date = new Date(Date.UTC(y, month - 1, day));
        const isKept = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(isDay(y, month, day)).toBe(isKept && date.getUTCFullYear() === y);
      }),
    );
  });

  it('lets the year 00 be one with 29 February', () => {
    expect(isDayOfCentury(0, 2, 29)).toBe(true);
    expect(isDayOfCentury(1, 2, 29)).toBe(false);
  });
});

describe('numberAt', () => {
  it('reads digits from a place on', () => {
    expect(numberAt('0123456', 2, 3)).toBe(234);
  });
});
