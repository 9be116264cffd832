import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf } from '../../../../services/rag/vectors/batches.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('batches of texts', () => {
  it('contain every text in order and keep their limits, whatever the texts', () => {
    const texts = fc.array(fc.string({ maxLength: 30 }), { maxLength: 40 });
    const bound = fc.integer({ min: 1, max: 25 });
    checkProperty(
      fc.property(texts, bound, bound, (all, batchTextsMax, batchCharactersMax) => {
        const batches = batchesOf(all, { batchTextsMax, batchCharactersMax });
        expect(batches.flat()).toEqual(all);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(batchTextsMax);
          // An oversized text gets its own batch.
          const isAlone = batch.length === 1;
          expect(isAlone || batch.join('').length <= batchCharactersMax).toBe(true);
        }
      }),
    );
  });

  it('are as full as possible', () => {
    const bounds = { batchTextsMax: 3, batchCharactersMax: 4 };
    expect(batchesOf(['a', 'b', 'c', 'd', 'eee', 'ff'], bounds)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'eee'],
      ['ff'],
    ]);
  });
});
