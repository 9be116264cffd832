import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseRanks } from '../../../../services/rag/search/fusion.ts';
import { checkProperty } from '../../../kit/properties.ts';

const fuse = (...rankings: string[][]) => fuseRanks(rankings, (item) => item);

const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const rankings = fc.array(fc.array(letter, { maxLength: 12 }), { maxLength: 5 });

/** The sum of 1/(60 + rank), computed independently. */
function scoreOf(item: string, all: readonly (readonly string[])[]): number {
  return all
    .map((ranking) => [...new Set(ranking)].indexOf(item))
    .filter((index) => index >= 0)
    .reduce((sum, index) => sum + 1 / (61 + index), 0);
}

describe('fused ranks', () => {
  it('prefer items in several rankings to the first of one', () => {
    expect(fuse(['a', 'both', 'c'], ['x', 'both', 'z'])).toEqual(['both', 'a', 'x', 'c', 'z']);
  });

  it('alternate between disjoint rankings', () => {
    expect(fuse(['a1', 'a2', 'a3'], ['b1'], ['c1', 'c2'])).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'c2',
      'a3',
    ]);
  });

  it('weigh ranks as in the paper: twice in the middle beats first and fourteenth', () => {
    const one = ['first', 'b', 'c', 'd', 'e', 'middle'];
    const two = ['g', 'h', 'i', 'j', 'k', 'l', 'middle', 'n', 'o', 'p', 'q', 'r', 's'];
    expect(fuse(one, [...two, 'first']).slice(0, 2)).toEqual(['middle', 'first']);
    expect(fuse(one, [...two.slice(0, -1), 'first']).slice(0, 2)).toEqual(['first', 'middle']);
  });

  it('return the first of equal items', () => {
    const one = { text: 'same', from: 'one' };
    const two = { text: 'same', from: 'two' };
    expect(fuseRanks([[one, two], [two]], ({ text }) => text)).toEqual([one]);
  });

  it('are empty without rankings', () => {
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

  it('are sorted by the sum of reciprocal ranks, whatever the rankings', () => {
    checkProperty(
      fc.property(rankings, (all) => {
        const scores = fuse(...all).map((item) => scoreOf(item, all));
        for (const [index, score] of scores.slice(1).entries()) {
          expect(score).toBeLessThanOrEqual((scores[index] ?? 0) + 1e-12);
        }
      }),
    );
  });

  it('are a single ranking unchanged, without its repeats', () => {
    checkProperty(
      fc.property(fc.array(letter), (ranking) => {
        expect(fuse(ranking)).toEqual([...new Set(ranking)]);
        expect(fuse(ranking, ranking)).toEqual([...new Set(ranking)]);
      }),
    );
  });

  it('leave their input unchanged', () => {
    checkProperty(
      fc.property(rankings, (all) => {
        const before = structuredClone(all);
        fuse(...all);
        expect(all).toEqual(before);
      }),
    );
  });
});
