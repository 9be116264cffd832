// The scanner: one pass over a text for all detectors, another over the few stretches where
// characters are disguised, and one total order for overlaps. What is found depends on nothing but
// the text, so that the same block is scrubbed the same on every turn.

import type { Detector, Finding, Range } from './detector.ts';
import { Confusables, NormalizedView } from './folded-view.ts';
import { compileDetectors } from './machine.ts';
import { settleOverlaps } from './overlaps.ts';
import { Pass, type PassOptions } from './pass.ts';

/** Units walked between two yields: well under 5 ms even on text made to be slow. */
const SLICE_UNITS = 8_192;

/** The label of a value that no detector would find by itself. */
export const UNNAMED_LABEL = 'DATA';

/** What an operator's expression finds, by a search of its own over the text. */
export interface Pattern {
  readonly detector: Detector;
  /** The matches, in steps of about a millisecond. */
  readonly slices: (text: string) => Generator<void, Range[]>;
}

export interface Scanner {
  /** What is to be protected in a text: disjoint, in the order of the text. */
  scan(text: string): Finding[];
  /** The same, in steps of a few milliseconds at most. */
  slices(text: string): Generator<void, Finding[]>;
  /**
   * The label of the first detector in the list that finds all of `value` when it stands alone, with
   * context assumed; UNNAMED_LABEL when none does. Depends on the value alone.
   */
  labelOf(value: string): string;
}

/**
 * Compiles detectors, in order of precedence; `patterns`, which search for themselves, come before
 * all of them. Throws RangeError when a trigger is malformed.
 */
export function createScanner(
  detectors: readonly Detector[],
  patterns: readonly Pattern[] = [],
): Scanner {
  const compiledDetectors = compileDetectors(detectors);
  const secretDetectors = compileDetectors(detectors.filter(({ secret }) => secret === true));
  const ranked = [...patterns.map(({ detector }) => detector), ...detectors];
  const rankByDetector = new Map(ranked.map((detector, rank) => [detector, rank]));
  const rankOf = ({ detector }: Finding): number => rankByDetector.get(detector) ?? ranked.length;

  function findEncoded(decoded: string, isValue: boolean): Finding | undefined {
    const pass = new Pass({ compiledDetectors: secretDetectors, text: decoded, isValue });
    pass.advance(decoded.length);
    return pass.findings.toSorted((a, b) => rankOf(a) - rankOf(b))[0];
  }

  function* walk(text: string, isValue: boolean): Generator<void, Finding[]> {
    const shared = {
      compiledDetectors,
      isValue,
      findEncoded: (decoded: string) => findEncoded(decoded, isValue),
    };
    const confusables = new Confusables(text);
    const found = yield* advance({ ...shared, text, confusables });
    for (const segment of confusables.segments) {
      const view = new NormalizedView(text, segment);
      for (const finding of yield* advance({ ...shared, text: view.text })) {
        const range = view.original(finding);
        if (range) found.push({ ...range, detector: finding.detector });
      }
    }
    for (const { detector, slices: search } of patterns) {
      for (const range of yield* search(text)) found.push({ ...range, detector });
    }
    return found;
  }

  function* slices(text: string): Generator<void, Finding[]> {
    return settleOverlaps(yield* walk(text, false), rankOf);
  }

  return {
    slices,
    scan: (text) => finish(slices(text)),
    labelOf(value) {
      const found = finish(walk(value, true))
        .filter(({ start, end }) => start === 0 && end === value.length)
        .toSorted((a, b) => rankOf(a) - rankOf(b));
      return found[0]?.detector.label ?? UNNAMED_LABEL;
    },
  };
}

function* advance(options: PassOptions): Generator<void, Finding[]> {
  const pass = new Pass(options);
  while (!pass.advance(SLICE_UNITS)) yield;
  return pass.findings;
}

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
