import { describe, expect, it } from 'vitest';
import { csvHead, csvLine } from '../../../services/admin/csv.ts';

describe('CSV', () => {
  it('has the named columns in order, and empty cells for missing fields', () => {
    expect(csvHead(['b', 'a'])).toBe('b,a\r\n');
    expect(csvLine({ a: 1, b: 'x', c: 9 }, ['b', 'a'])).toBe('x,1\r\n');
    expect(csvLine({ a: null }, ['b', 'a'])).toBe(',\r\n');
  });

  it('quotes cells with separators, quotes or line breaks', () => {
    expect(csvLine({ a: 'x,"y"\n', b: { c: 1 } }, ['a', 'b'])).toBe('"x,""y""\n","{""c"":1}"\r\n');
  });

  it('escapes text that a spreadsheet would run as a formula, but not numbers', () => {
    const row = { a: '=1+1', b: '@x', c: -5, d: '-x' };
    expect(csvLine(row, ['a', 'b', 'c', 'd'])).toBe("'=1+1,'@x,-5,'-x\r\n");
  });
});
