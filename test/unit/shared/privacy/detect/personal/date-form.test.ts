import { expect, it } from 'vitest';
import { dateEnd, isDate } from '../../../../../../shared/privacy/detect/personal/date-form.ts';

it.each([
  '1984-03-17',
  '1984/3/7',
  '17.03.1984',
  '17. 3. 1984',
  '04/19/1951',
  '4/5/51',
  '19840317',
  '14 July 1986',
  '14th of July 1986',
  'July 14, 1986',
  '1er août 1990',
  '3 de mayo de 1990',
  '9 мая 1945',
  '29 Ekim 1980',
  '1992年4月8日',
  '昭和62年4月8日',
  '1990년 11월 2일',
  '1984-03-17T00:00:00Z',
])('%s is a date', (date) => {
  expect(isDate(date)).toBe(true);
});

it.each(['', '1984', '1984-13-17', '1.2.3', '32.03.1984', '14 Foo 1986', '1984-03-17-2', '2084'])(
  '%s is no date',
  (text) => {
    expect(isDate(text)).toBe(false);
  },
);

it('a date ends before a longer number', () => {
  expect(dateEnd('1984-03-17, x', 0)).toBe(10);
  expect(dateEnd('17.03.19845', 0)).toBeUndefined();
});
