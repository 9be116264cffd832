// Compares the literal table with the engine's Unicode data.

import { describe, expect, it } from 'vitest';
import {
  DROPPED,
  NORMALIZATIONS,
  mathDigitAt,
} from '../../../../../shared/privacy/detect/normalizations.ts';
import { unitBits } from '../../../../../shared/privacy/detect/unit-bits.ts';
import { CONFUSABLE } from '../../../../../shared/scan/program.ts';

const FOREIGN = Array.from({ length: 0x10000 - 0x80 }, (_, at) => 0x80 + at);

function formatCodes(codes: readonly number[]): string[] {
  return codes.map((code) => `U+${code.toString(16).padStart(4, '0')}`);
}

describe('normalizations', () => {
  it('include every decimal digit, so a new Unicode version is noticed', () => {
    // Decimal digits are contiguous, so a count gives the value.
    const digits = FOREIGN.filter((code) => /\p{Nd}/u.test(String.fromCharCode(code)));
    const values = digits.map((code) => String.fromCharCode(NORMALIZATIONS[code] ?? 0)).join('');
    expect(values).toBe('0123456789'.repeat(digits.length / 10));
    const isDigit = (code: number) => NORMALIZATIONS[code] !== 0 && /\d/.test(normalized(code));
    expect(formatCodes(FOREIGN.filter(isDigit))).toEqual(formatCodes(digits));
  });

  it('map mathematical digits to their values, and no other surrogate pairs', () => {
    for (let low = 0xdc00; low <= 0xdfff; low += 1) {
      const pair = String.fromCharCode(0xd835, low);
      const digit = /\p{Nd}/u.test(pair) ? pair.normalize('NFKC').charCodeAt(0) : undefined;
      expect(mathDigitAt(pair, 0), pair).toBe(digit);
    }
  });

  it('agree with NFKC', () => {
    const kept = FOREIGN.filter((code) => /^[!-~]$/.test(nfkc(code)) && NORMALIZATIONS[code] !== 0);
    expect(kept.map(normalized)).toEqual(kept.map(nfkc));
    expect(kept).toEqual(expect.arrayContaining([0xff01, 0xff5e, 0x2024, 0xfe63]));
  });

  it('result in ASCII or nothing', () => {
    const odd = FOREIGN.filter(
      (code) => !/^[ -~]$/.test(normalized(code)) && NORMALIZATIONS[code] !== 0,
    );
    expect(odd.filter((code) => NORMALIZATIONS[code] !== DROPPED)).toEqual([]);
    expect(NORMALIZATIONS.slice(0, 0x80).every((normalization) => normalization === 0)).toBe(true);
  });

  it('apply exactly to the characters at which the kernel stops', () => {
    const stops = FOREIGN.filter((code) => ((unitBits()[code] ?? 0) & CONFUSABLE) !== 0);
    const normalization = FOREIGN.filter((code) => NORMALIZATIONS[code] !== 0 || code === 0xd835);
    expect(formatCodes(stops)).toEqual(formatCodes(normalization));
  });
});

function normalized(code: number): string {
  return String.fromCharCode(NORMALIZATIONS[code] ?? 0);
}

function nfkc(code: number): string {
  return String.fromCharCode(code).normalize('NFKC');
}
