import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginsAlone,
  codeAt,
  endsAlone,
  isDigit,
  isEscape,
  isHex,
  isLetter,
  isLower,
  isUpper,
  isWord,
  standsAlone,
} from '../../../../../shared/privacy/detect/characters.ts';
import { checkProperty } from '../../../../kit/properties.ts';

describe('a character', () => {
  it.each([
    [isDigit, /^\d$/],
    [isUpper, /^[A-Z]$/],
    [isLower, /^[a-z]$/],
    [isLetter, /^[A-Za-z]$/],
    [isWord, /^\w$/],
    [isHex, /^[\dA-Fa-f]$/],
  ])('matches its pattern: %o', (isKind, pattern) => {
    for (let code = 0; code < 300; code++) {
      expect(isKind(code)).toBe(pattern.test(String.fromCharCode(code)));
    }
    expect(isKind(Number.NaN)).toBe(false);
  });

  it('of an escape is a letter after a backslash', () => {
    expect(isEscape(String.raw`\n`, 1)).toBe(true);
    expect(isEscape('an', 1)).toBe(false);
    expect(isEscape(String.raw`\x`, 1)).toBe(false);
  });
});

describe('a range', () => {
  it('stands alone when it begins and ends alone', () => {
    checkProperty(
      fc.property(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }), (before, after) => {
        const text = `${before}123${after}`;
        const end = before.length + 3;
        expect(standsAlone(text, before.length, end)).toBe(
          beginsAlone(text, before.length) && endsAlone(text, end),
        );
      }),
    );
  });

  it.each(['1', 'x', '_', '%', '.5', '-5'])('does not end alone before %s', (after) => {
    expect(endsAlone(`1${after}`, 1)).toBe(false);
  });

  it.each(['', ' ', '.', ',', '. 5', '-x', '"'])('ends alone before "%s"', (after) => {
    expect(endsAlone(`1${after}`, 1)).toBe(true);
  });
});

it('reads a code as an integer, also outside the text', () => {
  expect([-1, 0, 1, 2].map((at) => codeAt('aé', at))).toEqual([0, 0x61, 0xe9, 0]);
});
