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

/** The inner product that Postgres computes. */
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
  it('maps each term to a valid pgvector dimension, nearly always a unique one', () => {
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
    // k1 = 1.2, b = 0.75, half the mean length.
    const norm = 1.2 * (0.25 + 0.75 * 0.5);
    const expected = 2 * ((2 * 2.2) / (2 + norm)) + 0.5 * (2.2 / (1 + norm));
    expect(product(passage, question)).toBeCloseTo(expected, 5);
  });

  it('parses its dimensions from pgvector syntax', () => {
    const counts = countTerms(['a', 'b', 'a']);
    expect(dimensionsIn(passageVector(counts, 3, 10))).toEqual([...counts.keys()]);
    expect(dimensionsIn(passageVector(new Map(), 0, 10))).toEqual([]);
  });

  it('keeps as many terms of a huge passage as pgvector allows', () => {
    const terms = Array.from({ length: 30_000 }, (_, at) => `term${at}`);
    expect(countTerms([...terms, ...terms]).size).toBe(16_000);
  });

  it('starts with a typical mean length that approaches the real one', () => {
    expect(meanLength(1, 3)).toBeGreaterThan(50);
    expect(meanLength(10_000, 10_000 * 40)).toBeCloseTo(40, 0);
  });
});
