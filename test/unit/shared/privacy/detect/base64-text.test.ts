import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Text, paddingEnd } from '../../../../../shared/privacy/detect/base64-text.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const decoded = (run: string) => decodeBase64Text(run, 0, run.length);

describe('text in base64', () => {
  it('is decoded in both alphabets', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '?', '~', '>', '\n', '\t', ' ', 'ü', '漢', '😀'),
      minLength: 18,
    });
    checkProperty(
      fc.property(
        text,
        fc.constantFrom('base64' as const, 'base64url' as const),
        (given, encoding) => {
          const run = Buffer.from(given).toString(encoding).replaceAll('=', '');
          expect(decoded(run)).toBe(given);
        },
      ),
    );
  });

  it('may be truncated inside a character', () => {
    const long = Buffer.from(`${'a'.repeat(12_287)}ü${'b'.repeat(99)}`).toString('base64');
    expect(decoded(long)).toBe('a'.repeat(12_287));
  });

  it('must be printable throughout', () => {
    const encode = (text: string) => Buffer.from(text, 'latin1').toString('base64');
    expect(decoded(encode('\u0000 some binary format'))).toBeUndefined();
    expect(decoded(encode('looks good but is not \u0007'))).toBeUndefined();
    expect(decoded(encode('not UTF-8 in the end: \u00ff'))).toBeUndefined();
  });

  it('is ignored in short runs', () => {
    expect(
      decoded(Buffer.from('seventeen bytes !').toString('base64').slice(0, 23)),
    ).toBeUndefined();
  });

  it('ends with its padding', () => {
    expect(paddingEnd('abc= ', 3)).toBe(4);
    expect(paddingEnd('ab===', 2)).toBe(4);
    expect(paddingEnd('ab', 2)).toBe(2);
  });
});
