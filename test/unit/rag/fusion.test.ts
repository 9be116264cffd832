import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse } from '../../../services/rag/fusion.ts';

const same = (item: string) => item;

describe('fusion', () => {
  it('puts what both lists found before what one found higher up', () => {
    const words = ['only-words', 'both', 'w3'];
    const vectors = ['only-vectors', 'both', 'v3'];
    expect(fuse([words, vectors], same)).toEqual([
      'both',
      'only-words',
      'only-vectors',
      'w3',
      'v3',
    ]);
  });

  it('weighs ranks with k = 60', () => {
    // 1/61 of the first against 2/122 + a bit: ranks 62 in both lists are just as good as one rank 1.
    const filler = (name: string) => Array.from({ length: 60 }, (_, at) => `${name}${at}`);
    const lists = [
      ['first', ...filler('a'), 'late'],
      ['other', ...filler('b'), 'late'],
    ];
    expect(fuse(lists, same).indexOf('late')).toBeLessThan(3);
    const later = lists.map((list) => list.toSpliced(-1, 0, 'between' + list[0]));
    expect(fuse(later, same).indexOf('late')).toBe(2);
  });

  it('keeps the first of items with the same key, and counts it once in a list', () => {
    const fused = fuse(
      [
        [{ id: 1, from: 'a' }],
        [
          { id: 2, from: 'b' },
          { id: 1, from: 'b' },
          { id: 2, from: 'again' },
        ],
      ],
      ({ id }) => String(id),
    );
    expect(fused).toEqual([
      { id: 1, from: 'a' },
      { id: 2, from: 'b' },
    ]);
  });

  it('leaves one list as it is, without repeats, and loses nothing of several', () => {
    const lists = fc.array(fc.array(fc.string({ maxLength: 2 })));
    fc.assert(
      fc.property(lists, (all) => {
        expect(new Set(fuse(all, same))).toEqual(new Set(all.flat()));
        for (const list of all) expect(fuse([list], same)).toEqual([...new Set(list)]);
      }),
    );
  });
});
