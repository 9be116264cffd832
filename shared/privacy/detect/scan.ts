// The scanner: one pass for all detectors, and another over segments with confusable characters. The result
// depends only on the text, so a block is scrubbed the same way on every turn.

import type { Detector, Finding, Range } from './detector.ts';
import { compileNaming } from './naming.ts';
import { Confusables, NormalizedView } from './normalized-view.ts';
import { compileDetectors } from './compiled-detectors.ts';
import { resolveSlices } from './overlaps.ts';
import { marksByTrigger } from './detector-program.ts';
import { Pass, type PassOptions } from './scan-pass.ts';
import type { FoundTriggers } from './trigger-reader.ts';
import type { BodyScanner } from '../../scan/scanner.ts';

/** Characters scanned between two yields: below 10 ms even on adversarial text. */
const SLICE_CHARS = 1_024;

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
  /**
   * Returns the label of the first detector that finds all of `value`, assuming context, or whose
   * kind it resembles, or UNNAMED_LABEL. Depends only on its arguments.
   * @param known the label of a finding that says more than resemblance
   */
  labelOf(value: string, known?: string): string;
  /** Whether the name of a value, such as its key, may reveal what the value is. */
  isTelling(name: string): boolean;
}

/** Finds triggers: a scan kernel. */
export type TriggerSearch = Pick<BodyScanner, 'program' | 'search'>;

/**
 * Compiles detectors in order of precedence; `patterns` precede all of them.
 * @param kernel its program has the triggers of the detectors, maybe among others; without it, the scanner
 * looks for them itself
 * @throws RangeError if a trigger is malformed
 */
export function createScanner(
  detectors: readonly Detector[],
  patterns: readonly Pattern[] = [],
  kernel?: TriggerSearch,
): Scanner {
  const compiledDetectors = compileDetectors(detectors);
  const markByTrigger = kernel && marksByTrigger(kernel.program, compiledDetectors);
  const triggersIn = (text: string, known?: Uint32Array): FoundTriggers | undefined => {
    if (kernel && markByTrigger)
      return { parts: known ? [known].values() : kernel.search(text), markByTrigger };
    if (known) throw new TypeError('without a kernel, no candidates mean anything');
    return undefined;
  };
  const secretDetectors = compileDetectors(detectors.filter(({ secret }) => secret === true));
  const ranked = [...patterns.map(({ detector }) => detector), ...detectors];
  const rankByDetector = new Map(ranked.map((detector, rank) => [detector, rank]));
  const rankOf = ({ detector }: Finding): number => rankByDetector.get(detector) ?? ranked.length;

  function findEncoded(decoded: string, isValue: boolean): Finding | undefined {
    const pass = new Pass({ compiledDetectors: secretDetectors, text: decoded, isValue });
    pass.advance(decoded.length);
    return pass.findings.toSorted((a, b) => rankOf(a) - rankOf(b))[0];
  }

  function* detect(
    text: string,
    isValue: boolean,
    known?: Uint32Array,
  ): Generator<void, Finding[]> {
    const shared = {
      compiledDetectors,
      isValue,
      findEncoded: (decoded: string) => findEncoded(decoded, isValue),
    };
    const confusables = new Confusables(text);
    const triggers = triggersIn(text, known);
    const whole = { ...shared, text, confusables, triggers, hasTables: !isValue };
    const found = yield* advance(whole);
    yield* addLists(text, found);
    for (const segment of confusables.segments) {
      const view = new NormalizedView(text, segment);
      const inView = { ...shared, text: view.text, triggers: triggersIn(view.text) };
      for (const finding of yield* advance(inView)) {
        const range = view.original(finding);
        if (range) found.push({ ...range, detector: finding.detector });
      }
    }
    for (const { detector, slices: searchSlices } of patterns) {
      for (const range of yield* searchSlices(text)) found.push({ ...range, detector });
    }
    return found;
  }

  function* slices(text: string, known?: Uint32Array): Generator<void, Finding[]> {
    return yield* resolveSlices(yield* detect(text, false, known), rankOf);
  }

  return {
    slices,
    isTelling: compileNaming(detectors, compiledDetectors),
    scan: (text) => finish(slices(text)),
    labelOf(value, known) {
      let best: Finding | undefined;
      for (const finding of finish(detect(value, true))) {
        if (finding.start !== 0 || finding.end !== value.length) continue;
        if (!best || rankOf(finding) < rankOf(best)) best = finding;
      }
      if (best) return best.detector.label;
      if (known !== undefined) return known;
      return detectors.find(({ resembles }) => resembles?.(value))?.label ?? UNNAMED_LABEL;
    },
  };
}

/** Findings of lists handled between two yields. */
const SLICE_FINDINGS = 256;

/** Adds the other values of the lists that the findings begin. */
function* addLists(text: string, found: Finding[]): Generator<void, void> {
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

function* advance(options: PassOptions): Generator<void, Finding[]> {
  const pass = new Pass(options);
  while (!pass.advance(SLICE_CHARS)) yield;
  return pass.findings;
}

function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
