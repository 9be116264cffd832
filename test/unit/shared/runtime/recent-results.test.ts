import { describe, expect, it } from 'vitest';
import { isSameList, RecentResults } from '../../../../shared/runtime/recent-results.ts';

describe('RecentResults', () => {
  const computed: number[][] = [];
  const results = new RecentResults<readonly number[], number>(2, isSameList);
  const sum = (numbers: readonly number[]) => {
    computed.push([...numbers]);
    return numbers.reduce((one, other) => one + other, 0);
  };

  it('computes once for arguments that are the same, and again for one that was not used of late', () => {
    expect([[1, 2], [3], [1, 2], [4], [1, 2], [3]].map((each) => results.get(each, sum))).toEqual([
      3, 3, 3, 4, 3, 3,
    ]);
    expect(computed).toEqual([[1, 2], [3], [4], [3]]);
  });

  it('keeps nothing of a failure', () => {
    const fail = () => {
      throw new RangeError('no');
    };
    expect(() => results.get([9], fail)).toThrow('no');
    expect(results.get([9], sum)).toBe(9);
  });
});

describe('isSameList', () => {
  it.each([
    [[], [], true],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[{}], [{}], false],
  ])('of %j and %j is %s', (one, other, same) => {
    expect(isSameList(one, other)).toBe(same);
  });
});
