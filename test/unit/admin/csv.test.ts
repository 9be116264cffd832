import { describe, expect, it } from 'vitest';
import { csvHead, csvLine } from '../../../services/admin/csv.ts';

describe('a table', () => {
  it('has the named columns in their order, and nothing for what is not there', () => {
    expect(csvHead(['b', 'a'])).toBe('b,a\r\n');
    expect(csvLine({ a: 1, b: 'x', c: 9 }, ['b', 'a'])).toBe('x,1\r\n');
    expect(csvLine({ a: null }, ['b', 'a'])).toBe(',\r\n');
  });

  it('quotes what would end a cell', () => {
    expect(csvLine({ a: 'x,"y"\n', b: { c: 1 } }, ['a', 'b'])).toBe('"x,""y""\n","{""c"":1}"\r\n');
  });

  it('keeps text from being run as a formula, and numbers as they are', () => {
    const row = { a: '=1+1', b: '@x', c: -5, d: '-x' };
    expect(csvLine(row, ['a', 'b', 'c', 'd'])).toBe("'=1+1,'@x,-5,'-x\r\n");
  });
});
