import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsOf } from '../../../../../shared/privacy/recognizer/windows.ts';
import { finish } from '../../../../kit/finish.ts';
import { checkProperty } from '../../../../kit/properties.ts';

function windows(text: string, charsMax: number): string[] {
  const all = [{ start: 0, end: text.length }];
  return finish(windowsOf(text, all, charsMax)).map(({ start, end }) => text.slice(start, end));
}

const times = (part: string, count: number) => part.repeat(count);

describe('windows', () => {
  it('are one for a short text', () => {
    expect(windows('Ann Lee was here.', 200)).toEqual(['Ann Lee was here.']);
  });

  it.each([
    ['paragraphs', 'Ann Lee was here, and so was Bob Ray.\nThey left.\n\n', /\n\n$/],
    ['lines', 'Ann Lee was here, and so was Bob Ray\n', /\n$/],
    ['sentences', 'Ann Lee was here, and so was Bob Ray. ', /\. $/],
    ['questions in quotes', '“Was Ann Lee here, and was Bob Ray?” ', /\?” $/],
    ['Chinese sentences', '王伟昨天来过这里，他说他还会再来的。', /。$/],
    ['words', 'Ann Lee was here and so was Bob Ray and ', / $/],
  ])('end with %s, and begin after their like', (_, part, end) => {
    const found = windows(times(part, 60), 300);
    expect(found.length).toBeGreaterThan(3);
    for (const window of found) expect(window).toMatch(end);
    for (const window of found) expect(window).toMatch(/^\p{L}|^“/u);
  });

  it('repeat some of the text before them', () => {
    const [first = '', second = ''] = windows(times('Ann Lee was here. ', 60), 400);
    expect(first.endsWith(second.slice(0, 18))).toBe(true);
  });

  it('without words are left out', () => {
    expect(windows(times('1234567890 \n', 100), 300)).toEqual([]);
  });

  it('cut no character in two where nothing else can be cut', () => {
    for (const window of windows(times('𠮷', 700), 301)) {
      expect(window.isWellFormed()).toBe(true);
    }
  });

  it('cover every word of any text, in order, within their size', () => {
    const piece = fc.constantFrom(
      'Ann',
      ' ',
      '. ',
      '\n',
      '\n\n',
      '😀',
      '。',
      times('x', 300),
      '王',
      '1',
    );
    checkProperty(
      fc.property(
        fc.array(piece, { maxLength: 300 }),
        fc.integer({ min: 200, max: 400 }),
        (pieces, charsMax) => {
          const text = `Begin ${pieces.join('Ann')}`;
          const ranges = finish(windowsOf(text, [{ start: 0, end: text.length }], charsMax));
          let covered = 0;
          for (const { start, end } of ranges) {
            expect(end - start).toBeLessThanOrEqual(charsMax);
            expect(text.slice(covered, start)).not.toMatch(/\p{L}{2}/u);
            expect(end).toBeGreaterThan(covered);
            covered = end;
          }
          expect(text.slice(covered)).not.toMatch(/\p{L}{2}/u);
        },
      ),
    );
  });

  it.each(['x', ' ', '\n', '.', '. ', '\n\n'])('take linear time for %j alone', (part) => {
    const text = `Ann Lee ${times(part, 4_000_000)}`;
    const steps = [...windowsOf(text, [{ start: 0, end: text.length }], 4_000)].length;
    expect(steps).toBeLessThan(12_000);
  });
});
