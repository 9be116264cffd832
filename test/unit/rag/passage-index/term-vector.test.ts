import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countTerms,
  dimensionOf,
  dimensionsIn,
  meanLength,
  passageVector,
  questionVector,
  TERM_DIMENSIONS,
} from '../../../../services/rag/passage-index/term-vector.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** The product that Postgres works out. */
function product(one: string, other: string): number {
  const read = (vector: string) =>
    new Map(
      Array.from(vector.matchAll(/(\d+):([^,}]+)/g), ([, at, value]) => [
        Number(at),
        Number(value),
      ]),
    );
  const [a, b] = [read(one), read(other)];
  return [...a].reduce((sum, [at, value]) => sum + value * (b.get(at) ?? 0), 0);
}

describe('the vector of terms', () => {
  it('gives each term a dimension that pgvector has, nearly always one of its own', () => {
    const dimensions = new Set(Array.from({ length: 20_000 }, (_, at) => dimensionOf(`term${at}`)));
    expect(dimensions.size).toBeGreaterThan(19_990);
    checkProperty(
      fc.property(fc.string(), (term) => {
        expect(dimensionOf(term)).toBeGreaterThanOrEqual(1);
        expect(dimensionOf(term)).toBeLessThanOrEqual(TERM_DIMENSIONS);
      }),
    );
  });

  it('scores as BM25 does', () => {
    const terms = ['turbine', 'oil', 'turbine', 'part'];
    const passage = passageVector(countTerms(terms), terms.length, 8);
    const question = questionVector(
      new Map([
        ['turbine', 2],
        ['oil', 0.5],
        ['absent', 9],
      ]),
    );
    // k1 = 1.2, b = 0.75, half of the mean length.
    const norm = 1.2 * (0.25 + 0.75 * 0.5);
    const expected = 2 * ((2 * 2.2) / (2 + norm)) + 0.5 * (2.2 / (1 + norm));
    expect(product(passage, question)).toBeCloseTo(expected, 5);
  });

  it('can tell its dimensions from what was written', () => {
    const counts = countTerms(['a', 'b', 'a']);
    expect(dimensionsIn(passageVector(counts, 3, 10))).toEqual([...counts.keys()]);
    expect(dimensionsIn(passageVector(new Map(), 0, 10))).toEqual([]);
  });

  it('keeps of a monstrous passage as many terms as pgvector can', () => {
    const terms = Array.from({ length: 30_000 }, (_, at) => `term${at}`);
    expect(countTerms([...terms, ...terms]).size).toBe(16_000);
  });

  it('has a mean length from the first passage on, which comes near the real one', () => {
    expect(meanLength(1, 3)).toBeGreaterThan(50);
    expect(meanLength(10_000, 10_000 * 40)).toBeCloseTo(40, 0);
  });
});
