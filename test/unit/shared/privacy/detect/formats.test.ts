import { describe, expect, it } from 'vitest';
import {
  compact,
  matchesFormat,
  isWellKnownNumber,
  formatDetector,
} from '../../../../../shared/privacy/detect/formats.ts';
import { findWith } from '../../../../kit/find-with.ts';

const base = { entity: 'TEST', label: 'TEST', tier: 'A', check: () => true } as const;

describe('matchesFormat()', () => {
  it.each([
    ['999 99', '123 45', true],
    ['999 99', '123-45', false],
    ['A9X', 'B1C', true],
    ['A9X', 'B12', true],
    ['A9X', 'b12', false],
    ['DE9', 'DE1', true],
    ['DE9', 'FR1', false],
    ['999', '12', false],
  ])('%s matches %s: %s', (format, text, expected) => {
    expect(matchesFormat(text, 0, format)).toBe(expected);
  });
});

describe('a format detector', () => {
  it.each([
    [
      ['999-99', '99-999 9'],
      [
        { kind: 'digits', digitsMin: 5, digitsMax: 5 },
        { kind: 'digits', digitsMin: 6, digitsMax: 6 },
      ],
    ],
    [['99999', '999 99'], [{ kind: 'digits', digitsMin: 5, digitsMax: 5 }]],
    [['AA999'], [{ kind: 'run', lengthMin: 5, lengthMax: 6 }]],
    [['DE 999', 'A-999-A'], [{ kind: 'digits', digitsMin: 3, digitsMax: 3 }]],
    [['9A9-A99'], [{ kind: 'run', lengthMin: 3, lengthMax: 4 }]],
  ])('with %j is triggered by %j', (formats, triggers) => {
    expect(formatDetector({ ...base, formats }).triggers).toEqual(triggers);
  });

  it.each([
    ['at the ends of a text', '12345', ['12345']],
    ['between spaces', 'a 12345 b', ['12345']],
    ['within a word', 'a12345', []],
    ['before a letter', '12345a', []],
    ['within an identifier', 'id_12345', []],
    ['after an escaped line feed', String.raw`"a\n12345"`, ['12345']],
    ['as a negative number', ' -12345', []],
    ['after a name with a dash', 'ID-12345', ['12345']],
    ['after an abbreviation', 'No.12345', ['12345']],
    ['as a fraction', '.12345', []],
    ['as an integer part', '12345.5', []],
    ['as an amount of money', '$12345', []],
    ['as a percentage', '12345%', []],
    ['within more digits', '123456', []],
    ['directly after Chinese', '号码12345。', ['12345']],
    ['at the end of a sentence', 'It is 12345.', ['12345']],
  ])('checks the surroundings: %s', (_, text, found) => {
    expect(findWith([formatDetector({ ...base, formats: ['99999'] })], text)).toEqual(found);
  });

  it('finds a part of a longer digit group', () => {
    expect(
      findWith([formatDetector({ ...base, formats: ['999-99'] })], '10:00:59 123-45 678-90 7'),
    ).toEqual(['123-45', '678-90']);
  });

  it('finds letters and digits after an escape', () => {
    const detector = formatDetector({ ...base, formats: ['AA999'] });
    expect(findWith([detector], String.raw`"\nAB123\tCD456"`)).toEqual(['AB123', 'CD456']);
  });

  it('passes the value without separators to its check', () => {
    const seen: string[] = [];
    const check = (value: string) => seen.push(value) > 0;
    findWith([formatDetector({ ...base, check, formats: ['99.99/99 99'] })], 'x 12.34/56 78');
    expect(seen).toEqual(['12345678']);
    expect(compact('a 1-2 b', { start: 2, end: 5 })).toBe('12');
  });

  it('ignores integer limits', () => {
    expect(isWellKnownNumber('4294967296')).toBe(true);
    expect(findWith([formatDetector({ ...base, formats: ['9999999999'] })], '2147483647')).toEqual(
      [],
    );
  });
});
