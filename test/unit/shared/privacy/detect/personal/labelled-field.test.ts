import { describe, expect, it } from 'vitest';
import {
  beginsLabel,
  beginsWord,
  endsValue,
  fieldAt,
  lineFrom,
  spellings,
} from '../../../../../../shared/privacy/detect/personal/labelled-field.ts';

const LABEL = 'full name';

/** What follows the label, up to the end of a quoted value or of the text. */
function valueIn(text: string): string | undefined {
  const start = text.search(/full.?name/i);
  const end = start + (/full.?name/i.exec(text)?.[0].length ?? 0);
  const field = fieldAt(text, start, end);
  return field && text.slice(field.start, field.end);
}

describe('a labelled field', () => {
  it('has a label in every spelling', () => {
    expect(spellings(LABEL)).toEqual(['full name', 'fullname', 'full_name', 'full-name']);
  });

  it.each([
    'full name: x',
    'full name : x',
    'fullName=x',
    '"full_name": "x"',
    "'full_name' => 'x'",
    String.raw`\"fullName\": \"x\"`,
    'full name：x',
    'full name (print): x',
    '**Full name:** x',
    '| Full name | x',
    '<fullName>x</fullName>',
    'Full name\tx',
    'full_name := "x"',
  ])('is read in %s', (text) => {
    expect(valueIn(text)).toBe('x');
  });

  it.each([
    'full name x',
    'fullName == x',
    'fullName > x',
    'A | fullName | x'.replace('A | ', 'type '),
    'fullName::x',
    '"fullName": ""',
    "a ? 'fullName' : 'x'",
  ])('is not read in %s', (text) => {
    expect(valueIn(text)).toBeUndefined();
  });

  it('begins at a word, or at a part of an identifier', () => {
    expect(beginsWord('the name', 4)).toBe(true);
    expect(beginsWord(String.raw`x\nname`, 3)).toBe(true);
    expect(beginsWord('filename', 4)).toBe(false);
    expect(beginsWord('a.name', 2)).toBe(false);
    expect(beginsLabel('userName', 4)).toBe(true);
    expect(beginsLabel('user_name', 5)).toBe(true);
    expect(beginsLabel('filename', 4)).toBe(false);
    expect(beginsLabel('prénom', 3)).toBe(false);
  });

  it('ends with the line, the column or a mark', () => {
    for (const rest of [
      '',
      '\n',
      ', b',
      '  b',
      '\tb',
      ' (b)',
      '。',
      '. B',
      ' | b',
      String.raw`\nb`,
    ]) {
      expect(endsValue(`a${rest}`, 1), rest).toBe(true);
    }
    for (const rest of [' b', 'b', '.b', '-b']) expect(endsValue(`a${rest}`, 1), rest).toBe(false);
    expect(lineFrom('a b c  d', 0, 99)).toBe('a b c');
    expect(lineFrom(String.raw`a b\nc`, 0, 99)).toBe('a b');
    expect(lineFrom('abcdef', 0, 3)).toBe('abc');
  });
});
