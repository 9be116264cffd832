import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../../../../shared/privacy/recognizer/analyzer.ts';
import { JoinedSpans } from '../../../../../shared/privacy/recognizer/joined-spans.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const span = (start: number, end: number, entity = 'PERSON', score = 0.5): Span => ({
  start,
  end,
  entity,
  score,
});

function joined(spans: readonly Span[]): Span[] {
  const all = new JoinedSpans();
  for (const each of spans) all.add(each);
  return all.all;
}

describe('spans', () => {
  it('of one entity that overlap become one, with the better score', () => {
    expect(joined([span(0, 3), span(2, 7, 'PERSON', 0.9)])).toEqual([span(0, 7, 'PERSON', 0.9)]);
  });

  it('that only touch, or are of two entities, stay', () => {
    const two = [span(0, 3), span(3, 7), span(4, 6, 'LOCATION')];
    expect(joined(two)).toEqual(two);
  });

  it('that a second window finds again change nothing', () => {
    const first = [span(0, 3), span(10, 17), span(20, 27)];
    expect(joined([...first, span(10, 17), span(20, 27), span(30, 33)])).toEqual([
      ...first,
      span(30, 33),
    ]);
  });

  it('that a window has cut become whole', () => {
    expect(joined([span(0, 3), span(10, 14), span(20, 23), span(10, 17)])).toEqual([
      span(0, 3),
      span(10, 17),
      span(20, 23),
    ]);
  });

  it('cover the same characters in any order, and none twice', () => {
    const some = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 }));
    checkProperty(
      fc.property(fc.array(some, { maxLength: 20 }), (pairs) => {
        const spans = pairs.map(([start, length]) => span(start, start + length));
        const covered = (all: readonly Span[]) =>
          all.flatMap(({ start, end }) =>
            Array.from({ length: end - start }, (_, index) => start + index),
          );
        const expected = [...new Set(covered(spans))].toSorted((a, b) => a - b);
        expect(covered(joined(spans))).toEqual(expected);
        expect(joined(spans)).toEqual(joined(spans.toReversed()));
      }),
    );
  });
});
