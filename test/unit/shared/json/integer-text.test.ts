import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integerSteps, integerText } from '../../../../shared/json/integer-text.ts';
import { finished } from '../../../../shared/runtime/finished.ts';
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
    '0.000e5',
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

  it('are the same for long literals, which are read in steps', () => {
    const zeros = '0'.repeat(2_000);
    const digits = fc.stringMatching(/^\d{0,45}$/);
    const parts = fc.record({
      sign: fc.constantFrom('', '-'),
      before: fc.constantFrom('', zeros),
      whole: digits,
      between: fc.constantFrom('', zeros),
      fraction: digits,
      after: fc.constantFrom('', zeros),
      power: fc.option(fc.integer({ min: -2_050, max: 2_050 })),
      powerZeros: fc.constantFrom('', zeros),
    });
    checkProperty(
      fc.property(parts, (part) => {
        const { sign, before, whole, between, fraction, after, power, powerZeros } = part;
        const exponent = `${(power ?? 0) < 0 ? '-' : '+'}${powerZeros}${Math.abs(power ?? 0)}`;
        const literal =
          `${sign}${before}${whole}0${between}.${between}${fraction}${after}` +
          `${zeros}${power === null ? '' : `e${exponent}`}`;
        expect(finished(integerSteps(literal))).toBe(integerText(literal));
      }),
      { runs: 500 },
    );
  });

  it.each([
    '1'.repeat(3_000_000),
    `4111111111111111.${'0'.repeat(3_000_000)}`,
    `1e${'0'.repeat(3_000_000)}`,
  ])('take many short steps at most', (literal) => {
    expect([...integerSteps(literal)].length).toBeGreaterThanOrEqual(
      literal.startsWith('11') ? 0 : 40,
    );
  });
});
