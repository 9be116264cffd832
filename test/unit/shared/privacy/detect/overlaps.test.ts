import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector, Finding } from '../../../../../shared/privacy/detect/detector.ts';
import { resolveOverlaps } from '../../../../../shared/privacy/detect/overlaps.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const detectors: Detector[] = ['FIRST', 'SECOND', 'THIRD', 'SECRET'].map((entity) => ({
  entity,
  label: entity,
  tier: 'A',
  secret: entity === 'SECRET',
  triggers: [],
  find: () => undefined,
}));
const plain = detectors.filter(({ secret }) => !secret);
const rankOf = (finding: Finding) => detectors.indexOf(finding.detector);

function settled(...ranges: readonly [start: number, end: number, rank: number][]): string[] {
  const findings = ranges.map(([start, end, rank]) => ({
    start,
    end,
    detector: detectors[rank] as Detector,
  }));
  return resolveOverlaps(findings, rankOf).map(
    ({ start, end, detector }) => `${start}-${end} ${detector.entity}`,
  );
}

const findingsOf = (which: readonly Detector[]) =>
  fc.array(
    fc
      .tuple(fc.nat(60), fc.integer({ min: 1, max: 12 }), fc.constantFrom(...which))
      .map(([start, length, detector]): Finding => ({ start, end: start + length, detector })),
    { maxLength: 30 },
  );
const findings = findingsOf(detectors);

const covered = (list: readonly Finding[]) =>
  Array.from({ length: 80 }, (_, at) => list.some(({ start, end }) => start <= at && at < end));

describe('overlapping findings', () => {
  it('are won by the longer range', () => {
    expect(settled([0, 4, 0], [0, 9, 2])).toEqual(['0-9 THIRD']);
    expect(settled([3, 6, 0], [0, 9, 2])).toEqual(['0-9 THIRD']);
  });

  it('of equal length are won by the earlier start, then by the detector listed first', () => {
    expect(settled([4, 8, 0], [2, 6, 1])).toEqual(['2-6 SECOND', '6-8 FIRST']);
    expect(settled([2, 6, 2], [2, 6, 1])).toEqual(['2-6 SECOND']);
  });

  it('leave to the loser what the winner does not cover', () => {
    expect(settled([0, 6, 0], [4, 12, 1])).toEqual(['0-4 FIRST', '4-12 SECOND']);
    expect(settled([0, 6, 0], [4, 8, 2], [7, 13, 1])).toEqual([
      '0-6 FIRST',
      '6-7 THIRD',
      '7-13 SECOND',
    ]);
  });

  it('share a character', () => {
    expect(settled([4, 8, 0], [0, 4, 1])).toEqual(['0-4 SECOND', '4-8 FIRST']);
    expect(settled()).toEqual([]);
  });

  it('lose their rest to a better secret, while secrets keep theirs', () => {
    expect(settled([0, 9, 3], [5, 13, 0])).toEqual(['0-9 SECRET']);
    expect(settled([0, 9, 0], [5, 13, 3])).toEqual(['0-9 FIRST', '9-13 SECRET']);
  });

  it('keep the rest of a secret even if a better finding of the same range is not secret', () => {
    expect(settled([5, 13, 3], [12, 18, 3], [12, 18, 0])).toEqual(['5-13 SECRET', '13-18 SECRET']);
    expect(settled([12, 18, 3], [12, 18, 0])).toEqual(['12-18 FIRST']);
  });

  it('become disjoint and ordered', () => {
    checkProperty(
      fc.property(findings, (list) => {
        const result = resolveOverlaps(list, rankOf);
        for (const [index, { start, end }] of result.entries()) {
          expect(start).toBeGreaterThanOrEqual(result[index - 1]?.end ?? 0);
          expect(end).toBeGreaterThan(start);
        }
      }),
    );
  });

  it('cover the same text', () => {
    checkProperty(
      fc.property(findingsOf(plain), (list) => {
        expect(covered(resolveOverlaps(list, rankOf))).toEqual(covered(list));
      }),
    );
  });

  it('cover every secret, and nothing else than before', () => {
    checkProperty(
      fc.property(findings, (list) => {
        const secrets = covered(list.filter(({ detector }) => detector.secret));
        const before = covered(list);
        for (const [at, isCovered] of covered(resolveOverlaps(list, rankOf)).entries()) {
          expect(isCovered).toBe(isCovered ? before[at] : secrets[at]);
        }
      }),
    );
  });

  it('resolve independently of their order', () => {
    const shuffled = findings.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    checkProperty(
      fc.property(shuffled, ([list, other]) => {
        expect(resolveOverlaps(other, rankOf)).toEqual(resolveOverlaps(list, rankOf));
      }),
    );
  });

  it('resolve idempotently', () => {
    checkProperty(
      fc.property(findings, (list) => {
        const once = resolveOverlaps(list, rankOf);
        expect(resolveOverlaps(once, rankOf)).toEqual(once);
      }),
    );
  });

  it('may form a chain of 100,000', () => {
    const chain = Array.from({ length: 100_000 }, (_, index): Finding => ({
      start: index * 3,
      end: index * 3 + 5,
      detector: detectors[index % 3] as Detector,
    }));
    const result = resolveOverlaps(chain, rankOf);
    expect(result.at(-1)?.end).toBe(chain.at(-1)?.end);
    expect(result).toHaveLength(100_000);
  });
});
