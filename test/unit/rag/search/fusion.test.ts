import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRanks } from '../../../../services/rag/search/fusion.ts';
import { checkProperty } from '../../../kit/properties.ts';

const fuse = (...rankings: string[][]) => fuseRanks(rankings, (item) => item);

const message = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const rankings = fc.array(fc.array(message, { maxLength: 12 }), { maxLength: 5 });

/** The sum of 1/(60 + place), written down anew. */
function scoreOf(item: string, all: readonly (readonly string[])[]): number {
  return all
    .map((ranking) => [...new Set(ranking)].indexOf(item))
    .filter((index) => index >= 0)
    .reduce((sum, index) => sum + 1 / (61 + index), 0);
}

describe('fused ranks', () => {
  it('put what stands in several rankings before what is first in one', () => {
    expect(fuse(['a', 'both', 'c'], ['x', 'both', 'z'])).toEqual(['both', 'a', 'x', 'c', 'z']);
  });

  it('take turns where rankings have nothing in common', () => {
    expect(fuse(['a1', 'a2', 'a3'], ['b1'], ['c1', 'c2'])).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'c2',
      'a3',
    ]);
  });

  it('weigh places as the paper does: twice in the middle is more than first and fourteenth', () => {
    const one = ['first', 'b', 'c', 'd', 'e', 'middle'];
    const two = ['g', 'h', 'i', 'j', 'k', 'l', 'middle', 'n', 'o', 'p', 'q', 'r', 's'];
    expect(fuse(one, [...two, 'first']).slice(0, 2)).toEqual(['middle', 'first']);
    expect(fuse(one, [...two.slice(0, -1), 'first']).slice(0, 2)).toEqual(['first', 'middle']);
  });

  it('give of equal items the first that is met', () => {
    const one = { text: 'same', from: 'one' };
    const two = { text: 'same', from: 'two' };
    expect(fuseRanks([[one, two], [two]], ({ text }) => text)).toEqual([one]);
  });

  it('are nothing without rankings', () => {
    expect(fuse()).toEqual([]);
    expect(fuse([], [])).toEqual([]);
  });

  it('hold every item once, whatever the rankings', () => {
    checkProperty(
      fc.property(rankings, (all) => {
        expect(fuse(...all).toSorted()).toEqual([...new Set(all.flat())].toSorted());
      }),
    );
  });

  it('fall by the sum of the reciprocal places, whatever the rankings', () => {
    checkProperty(
      fc.property(rankings, (all) => {
        const scores = fuse(...all).map((item) => scoreOf(item, all));
        for (const [index, score] of scores.slice(1).entries()) {
          expect(score).toBeLessThanOrEqual((scores[index] ?? 0) + 1e-12);
        }
      }),
    );
  });

  it('are one ranking as it was, without its repeats', () => {
    checkProperty(
      fc.property(fc.array(message), (ranking) => {
        expect(fuse(ranking)).toEqual([...new Set(ranking)]);
        expect(fuse(ranking, ranking)).toEqual([...new Set(ranking)]);
      }),
    );
  });

  it('leave their input as it was', () => {
    checkProperty(
      fc.property(rankings, (all) => {
        const before = structuredClone(all);
        fuse(...all);
        expect(all).toEqual(before);
      }),
    );
  });
});
