import { describe, expect, it } from 'vitest';
import { ColumnCursor } from '../../../../../shared/privacy/detect/value-columns.ts';

function headOf(text: string, value: string): string | undefined {
  const start = text.indexOf(value);
  const head = new ColumnCursor(text).headOf(start, start + value.length);
  return head && text.slice(head.start, head.end).trim();
}

describe('the head of a column', () => {
  it.each([
    ['a,b,c\n1,22,3', 'b'],
    ['a;b;c\n1;22;3', 'b'],
    ['a\tb\n1\t22', 'b'],
    ['| a | b |\n|---|---|\n| 1 | 22 |', 'b'],
    ['a,b\n"x, y","22"', '"b"'.slice(1, 2)],
    ['a,b,c\nx,y,z\n1,22,3\n', 'b'],
    ['b,a\n22,1', 'b'],
    [String.raw`a,b\n1,22\n`, 'b'],
    ['a,b\r\n1,22\r\n', 'b'],
    ['INSERT INTO t (a, b) VALUES\n(1, 22),', 'b) VALUES'],
    ['a,b\nun,quoted,comma\n1,22', 'b'],
    ['x\n\na,b\n1,22', 'b'],
  ])('of 22 in %j is %s', (text, head) => {
    expect(headOf(text, '22')).toBe(head);
  });

  it.each(['22', 'a,b\n22', 'a b\n1 22', '1,22', 'f(a,b)\nx = 22', `a,b\n${'x'.repeat(3_000)},22`])(
    'of 22 in %j is unknown',
    (text) => {
      expect(headOf(text, '22')).toBeUndefined();
    },
  );

  it('is the same in any order of values', () => {
    const rows = Array.from({ length: 200 }, (_, row) => `${row},${10_000 + row},z`);
    const text = ['a,b,c', ...rows].join('\n');
    const places = rows.map((row) => text.indexOf(row) + row.indexOf(',') + 1);
    const cursor = new ColumnCursor(text);
    const read = (at: number) => cursor.headOf(at, at + 5)?.start;
    expect(new Set(places.map(read))).toEqual(new Set([2]));
    expect(new Set(places.toReversed().map(read))).toEqual(new Set([2]));
  });
});
