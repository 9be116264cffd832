import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerText } from '../../../../shared/json/integer-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('the digits of a JSON number', () => {
  it.each([
    ['4539578763621486', '4539578763621486'],
    ['-4539578763621486', '-4539578763621486'],
    ['4539578763621486.0', '4539578763621486'],
    ['4539578763621486.000', '4539578763621486'],
    ['4.539578763621486e15', '4539578763621486'],
    ['4.539578763621486E+15', '4539578763621486'],
    ['45395787636214860e-1', '4539578763621486'],
    ['0.4539578763621486e16', '4539578763621486'],
    [`0.${'0'.repeat(200)}4539578763621486e216`, '4539578763621486'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['1e2', '100'],
  ])('%s are read however it is written', (literal, digits) => {
    expect(integerText(literal)).toBe(digits);
  });

  it.each([
    '0',
    '12',
    '-7',
    '1.5',
    '415.5552671',
    '1234567890.5',
    '1e-9',
    '1e400',
    '1e99999999999999999999',
    '9'.repeat(41),
  ])('%s is no identifier', (literal) => {
    expect(integerText(literal)).toBeUndefined();
  });

  it('are those of BigInt, for every way to write an integer', () => {
    const written = fc
      .tuple(fc.bigInt({ min: 100n, max: 10n ** 30n }), fc.nat(12), fc.nat(5), fc.boolean())
      .map(([value, point, zeros, negative]) => {
        const digits = String(value) + '0'.repeat(zeros);
        const split = Math.max(1, digits.length - point);
        const fraction = digits.slice(split);
        const literal =
          digits.slice(0, split) +
          (fraction === '' ? '' : `.${fraction}`) +
          `e${fraction.length - zeros}`;
        return { literal: (negative ? '-' : '') + literal, value: negative ? -value : value };
      });
    checkProperty(
      fc.property(written, ({ literal, value }) => {
        expect(integerText(literal)).toBe(String(value));
      }),
    );
  });
});
