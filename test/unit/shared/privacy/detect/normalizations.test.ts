// What is written down about disguised characters, against what the engine's Unicode says.

import { describe, expect, it } from 'vitest';
import {
  DROPPED,
  NORMALIZED_CHARS,
  NORMALIZATIONS,
  mathDigitAt,
} from '../../../../../shared/privacy/detect/normalizations.ts';

const FOREIGN = Array.from({ length: 0x10000 - 0x80 }, (_, at) => 0x80 + at);

function written(codes: readonly number[]): string[] {
  return codes.map((code) => `U+${code.toString(16).padStart(4, '0')}`);
}

describe('foldings', () => {
  it('are those of every decimal digit there is, so that a new Unicode is noticed', () => {
    // Decimal digits come in unbroken tens, so a count tells the value.
    const digits = FOREIGN.filter((code) => /\p{Nd}/u.test(String.fromCharCode(code)));
    const values = digits.map((code) => String.fromCharCode(NORMALIZATIONS[code] ?? 0)).join('');
    expect(values).toBe('0123456789'.repeat(digits.length / 10));
    const isDigit = (code: number) => NORMALIZATIONS[code] !== 0 && /\d/.test(normalized(code));
    expect(written(FOREIGN.filter(isDigit))).toEqual(written(digits));
  });

  it('of mathematical digits are their values, and there are no other pairs under their code', () => {
    for (let low = 0xdc00; low <= 0xdfff; low += 1) {
      const pair = String.fromCharCode(0xd835, low);
      const digit = /\p{Nd}/u.test(pair) ? pair.normalize('NFKC').charCodeAt(0) : undefined;
      expect(mathDigitAt(pair, 0), pair).toBe(digit);
    }
  });

  it('of all that Unicode calls alike are that likeness', () => {
    const kept = FOREIGN.filter(
      (code) => /^[!-~]$/.test(alike(code)) && NORMALIZATIONS[code] !== 0,
    );
    expect(kept.map(normalized)).toEqual(kept.map(alike));
    expect(kept).toEqual(expect.arrayContaining([0xff01, 0xff5e, 0x2024, 0xfe63]));
  });

  it('leave nothing but ASCII, or nothing', () => {
    const odd = FOREIGN.filter(
      (code) => !/^[ -~]$/.test(normalized(code)) && NORMALIZATIONS[code] !== 0,
    );
    expect(odd.filter((code) => NORMALIZATIONS[code] !== DROPPED)).toEqual([]);
    expect(NORMALIZATIONS.slice(0, 0x80).every((normalization) => normalization === 0)).toBe(true);
  });

  it('are all met by the scanner, as it stops at these codes and at no others', () => {
    const normalization = [...NORMALIZATIONS.entries()]
      .filter(([, to]) => to !== 0)
      .map(([code]) => code);
    expect(written(NORMALIZED_CHARS.toSorted((a, b) => a - b))).toEqual(
      written([...normalization, 0xd835].toSorted((a, b) => a - b)),
    );
  });
});

function normalized(code: number): string {
  return String.fromCharCode(NORMALIZATIONS[code] ?? 0);
}

function alike(code: number): string {
  return String.fromCharCode(code).normalize('NFKC');
}
