// The scanner: one pass for all detectors, and another over segments with confusable characters. The result
// depends only on the text, so a block is scrubbed the same way on every turn.

import type { Detector, Finding, Range } from './detector.ts';
import { compileNaming } from './naming.ts';
import { Confusables, NormalizedView } from './normalized-view.ts';
import { resolveSlices } from './overlaps.ts';
import { compileTriggers, detectorProgram } from './detector-program.ts';
import { Pass } from './scan-pass.ts';
import { finished } from '../../runtime/finished.ts';
import { CANDIDATE_WORDS } from '../../scan/body-index.ts';
import { createKernel } from '../../scan/kernel.ts';
import { FIRST_CHAR_TRIGGER } from '../../scan/program.ts';
import type { BodyScanner } from '../../scan/scanner.ts';

/** A scanner does not compare texts by their hashes. */
const NO_KEY = new Uint8Array(16);

/** Label of values that no detector finds on their own. */
export const UNNAMED_LABEL = 'DATA';

/** An operator's expression, which searches the text itself. */
export interface Pattern {
  readonly detector: Detector;
  /** Yields about every millisecond; returns the matches. */
  readonly slices: (text: string) => Generator<void, Range[]>;
}

export interface Scanner {
  /** Returns what to protect: disjoint findings in text order. */
  scan(text: string): Finding[];
  /**
   * Like `scan`, in steps of a few milliseconds at most.
   * @param found all candidates of the text, if a body's index has them: `candidatesOf(index, string)`, with
   * positions in the decoded text, and triggers of the program of the scanner's kernel. Those of a string
   * that is `OMITTED` are not complete.
   */
  slices(text: string, found?: Uint32Array): Generator<void, Finding[]>;
  /** Whether a text with these candidates may hold a value; all other ones need not be decoded. */
  mayFind(found: Uint32Array): boolean;
  /** Whose candidates `slices` and `mayFind` take. */
  readonly kernel: TriggerSearch;
  /**
   * Returns the label of the first detector that finds all of `value`, assuming context, or whose
   * kind it resembles, or UNNAMED_LABEL. Depends only on `value` and `known`.
   * @param known the label of a finding that says more than resemblance
   * @param finder what has found the value, and so probably finds it by itself
   */
  labelOf(value: string, known?: string, finder?: Detector): string;
  /** Whether the name of a value, such as its key, may reveal what the value is. */
  isTelling(name: string): boolean;
}

/** Finds triggers: a scan kernel. */
export type TriggerSearch = Pick<BodyScanner, 'program' | 'search'>;

/**
 * Compiles detectors in order of precedence; `patterns` precede all of them.
 * @param kernel its program has the triggers of the detectors, maybe among others; one of their own by default
 * @throws RangeError if a trigger is malformed
 */
export function createScanner(
  detectors: readonly Detector[],
  patterns: readonly Pattern[] = [],
  kernel: TriggerSearch = createKernel(detectorProgram(detectors), NO_KEY),
): Scanner {
  const { program } = kernel;
  const triggers = compileTriggers(detectors, program);
  const secretDetectors = detectors.filter(({ secret }) => secret === true);
  const secretTriggers = compileTriggers(secretDetectors, program);
  const ranked = [...patterns.map(({ detector }) => detector), ...detectors];
  const rankByDetector = new Map(ranked.map((detector, rank) => [detector, rank]));
  const rankOf = ({ detector }: Finding): number => rankByDetector.get(detector) ?? ranked.length;

  const findEncoded = (decoded: string, isValue: boolean): Finding | undefined => {
    const parts = kernel.search(decoded);
    const pass = new Pass({ triggers: secretTriggers, text: decoded, parts, isValue });
    while (!pass.advance());
    return pass.findings.toSorted((a, b) => rankOf(a) - rankOf(b))[0];
  };

  function* detect(
    text: string,
    isValue: boolean,
    known?: Uint32Array,
    rankEnd = Infinity,
  ): Generator<void, Finding[]> {
    const shared = { triggers, isValue, findEncoded, rankEnd: rankEnd - patterns.length };
    const confusables = new Confusables(text);
    const parts = known ? [known].values() : kernel.search(text);
    const whole = new Pass({ ...shared, text, parts, confusables, hasTables: !isValue });
    while (!whole.advance()) yield;
    const found = whole.findings;
    if (found.length > 0) yield* addLists(text, found);
    for (const segment of confusables.segments) {
      const view = new NormalizedView(text, segment);
      const pass = new Pass({ ...shared, text: view.text, parts: kernel.search(view.text) });
      while (!pass.advance()) yield;
      for (const finding of pass.findings) {
        const range = view.original(finding);
        if (range) found.push({ ...range, detector: finding.detector });
      }
    }
    for (const { detector, slices: searchSlices } of patterns) {
      for (const range of yield* searchSlices(text)) found.push({ ...range, detector });
    }
    return found;
  }

  /** The first detector before `rankEnd` that finds all of `value`. */
  function finderOf(value: string, rankEnd: number): Detector | undefined {
    let best: Detector | undefined;
    let bestRank = rankEnd;
    for (const finding of finished(detect(value, true, undefined, rankEnd))) {
      if (finding.start !== 0 || finding.end !== value.length || rankOf(finding) >= bestRank)
        continue;
      best = finding.detector;
      bestRank = rankOf(finding);
    }
    return best;
  }

  function* slices(text: string, known?: Uint32Array): Generator<void, Finding[]> {
    const found = yield* detect(text, false, known);
    return found.length < 2 ? found : yield* resolveSlices(found, rankOf);
  }

  function mayFind(found: Uint32Array): boolean {
    if (patterns.length > 0) return true;
    for (let place = 1; place < found.length; place += CANDIDATE_WORDS) {
      const trigger = found[place] ?? 0;
      if (trigger < FIRST_CHAR_TRIGGER || triggers.marks[trigger]) return true;
    }
    return false;
  }

  return {
    slices,
    mayFind,
    kernel,
    isTelling: compileNaming(detectors, kernel, triggers.marks),
    scan: (text) => finished(slices(text)),
    labelOf(value, known, finder) {
      const rank = finder && findsAlone(finder) ? rankByDetector.get(finder) : undefined;
      const best =
        (rank === undefined ? undefined : finderOf(value, rank + 1)) ?? finderOf(value, Infinity);
      if (best) return best.label;
      if (known !== undefined) return known;
      return detectors.find(({ resembles }) => resembles?.(value))?.label ?? UNNAMED_LABEL;
    },
  };
}

/** Whether a detector looks at a value rather than at the words before it. */
function findsAlone({ triggers, gate }: Detector): boolean {
  return gate === undefined && triggers[0]?.kind !== 'word';
}

/** Findings of lists handled between two yields. */
const SLICE_FINDINGS = 256;

/** Adds the other values of the lists that the findings begin. */
function* addLists(text: string, found: Finding[]): Generator<void, void> {
  if (!found.some(({ detector }) => detector.next)) return;
  const starts = new Set(found.map(({ start }) => start));
  for (let at = 0; at < found.length; at += 1) {
    const { end, detector } = found[at] ?? {};
    const range = end === undefined ? undefined : detector?.next?.(text, end);
    if (range && detector && !starts.has(range.start)) {
      starts.add(range.start);
      found.push({ ...range, detector });
    }
    if (at % SLICE_FINDINGS === 0) yield;
  }
}
