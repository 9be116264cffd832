import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDay, isDayOfCentury, numberAt } from '../../../../../shared/privacy/detect/calendar.ts';
import { checkProperty } from '../../../../kit/properties.ts';

describe('isDay', () => {
  it('agrees with Date', () => {
    const year = fc.integer({ min: 1800, max: 2300 });
    checkProperty(
      fc.property(year, fc.nat(14), fc.nat(33), (y, month, day) => {
        const date = new Date(Date.UTC(y, month - 1, day));
        const isUnchanged = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(isDay(y, month, day)).toBe(isUnchanged && date.getUTCFullYear() === y);
      }),
    );
  });

  it('treats the year 00 as a leap year', () => {
    expect(isDayOfCentury(0, 2, 29)).toBe(true);
    expect(isDayOfCentury(1, 2, 29)).toBe(false);
  });
});

describe('numberAt', () => {
  it('parses digits from an offset', () => {
    expect(numberAt('0123456', 2, 3)).toBe(234);
  });
});
