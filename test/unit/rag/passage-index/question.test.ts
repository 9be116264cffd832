import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  QUERY_TERMS_MAX,
  coverageOf,
  weightTerms,
} from '../../../../services/rag/passage-index/question.ts';
import { checkProperty } from '../../../kit/properties.ts';

function collection(passages: number, frequencies: Record<string, number>) {
  const frequencyByTerm = new Map(Object.entries(frequencies));
  return { passages, frequency: (term: string) => frequencyByTerm.get(term) ?? 0 };
}

describe('the weight of a question', () => {
  it('is greater for rarer terms, and never negative', () => {
    const { weights } = weightTerms(
      ['rare', 'common', 'always'],
      collection(100, { rare: 1, common: 40, always: 100 }),
    );
    const [rare = 0, common = 0, always = 0] = ['rare', 'common', 'always'].map((term) =>
      weights.get(term),
    );
    expect(rare).toBeGreaterThan(common);
    expect(common).toBeGreaterThan(always);
    expect(always).toBeGreaterThan(0);
  });

  it('includes terms that no passage has, without searching for them', () => {
    const weighed = weightTerms(['rare', 'absent'], collection(100, { rare: 1 }));
    expect([...weighed.weights.keys()]).toEqual(['rare']);
    expect(coverageOf(weighed, () => true)).toBeLessThan(0.5);
    expect(coverageOf(weighed, () => true)).toBeGreaterThan(0.4);
  });

  it('uses the rarest terms if there are too many, and then no absent ones', () => {
    const frequencies = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`t${at}`, at + 1]),
    );
    const absent = Array.from({ length: 100 }, (_, at) => `absent${at}`);
    const weighed = weightTerms(
      [...absent, ...Object.keys(frequencies).toReversed()],
      collection(100, frequencies),
    );
    const rarest = Object.keys(frequencies).slice(0, QUERY_TERMS_MAX);
    expect([...weighed.weights.keys()]).toEqual(rarest);
    expect(coverageOf(weighed, () => true)).toBeCloseTo(1);
  });

  it('has a coverage from 0 to 1 that grows with the terms', () => {
    const frequencies = fc.dictionary(fc.string({ maxLength: 3 }), fc.nat(50), { maxKeys: 40 });
    checkProperty(
      fc.property(frequencies, fc.func(fc.boolean()), (counts, has) => {
        const weighed = weightTerms(Object.keys(counts), collection(50, counts));
        const some = coverageOf(weighed, has);
        expect(some).toBeGreaterThanOrEqual(0);
        expect(some).toBeLessThanOrEqual(coverageOf(weighed, () => true));
        expect(coverageOf(weighed, () => true)).toBeLessThanOrEqual(1);
        expect(coverageOf(weighed, () => false)).toBe(0);
      }),
    );
  });
});
