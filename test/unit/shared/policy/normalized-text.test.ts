import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeText } from '../../../../shared/policy/normalized-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

const ascii = fc.string({
  unit: fc.oneof(
    fc.constantFrom(' ', '\t', '\n', '`', 'A', 'z', '\u0000'),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
  ),
});

describe('normalizeText()', () => {
  it('normalizes confusable characters', () => {
    expect(normalizeText('ＨÉ\u200bllo  wоrld').text).toBe('hello world');
    expect(normalizeText('Straße', { keepsCase: true }).text).toBe('Strasse');
    expect(normalizeText('a\t\n b`c').text).toBe("a b'c");
  });

  it('gives ASCII the same result and ranges with and without other characters', () => {
    checkProperty(
      fc.property(ascii, fc.boolean(), (text, keepsCase) => {
        const alone = normalizeText(text, { keepsCase });
        const before = normalizeText(`${text}é`, { keepsCase });
        expect(`${alone.text}e`).toBe(before.text);
        for (let start = 0; start < alone.text.length; start += 1) {
          const range = { start, end: start + 1 };
          expect(alone.original(range)).toEqual(before.original(range));
        }
      }),
      { runs: 500 },
    );
  });

  it('handles texts longer than any window', () => {
    const text = 'Ab '.repeat(50_000);
    expect(normalizeText(text).text).toBe('ab '.repeat(50_000));
    expect(normalizeText(text).original({ start: 149_997, end: 149_999 })).toEqual({
      start: 149_997,
      end: 149_999,
    });
  });
});
