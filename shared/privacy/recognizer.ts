// Finds names, addresses and organisations, which rules cannot find, with an analyzer that the scrub rules
// name: Presidio's, or a model in this process. It fails closed. The findings in a text depend on the text
// and the rules alone: a call holds parts of one text, and the same ones on every turn.

import { LlmpError } from '../errors.ts';
import { withDeadline, type Clock } from '../runtime/clock.ts';
import { Semaphore } from '../runtime/semaphore.ts';
import type { TimeSlice } from '../runtime/time-slice.ts';
import type { Detector, Finding, Range } from './detect/detector.ts';
import { resolveSlices } from './detect/overlaps.ts';
import type { Analyzer, Span } from './recognizer/analyzer.ts';
import { CircuitBreaker } from './recognizer/circuit-breaker.ts';
import { entityName, remoteDetector } from './recognizer/entities.ts';
import { createModelAnalyzer } from './recognizer/model.ts';
import { JoinedSpans } from './recognizer/joined-spans.ts';
import { plausible } from './recognizer/plausible.ts';
import { createPresidio } from './recognizer/presidio.ts';
import { proseOf } from './recognizer/prose.ts';
import type { RecognizerRules } from './recognizer/rules.ts';
import { windowsOf } from './recognizer/windows.ts';

/** For all calls of a text: less than a stage has, so that the error names the recognizer. */
const TEXT_MS_MAX = 25_000;
/** Spans handled between two yields: less than a millisecond. */
const SLICE_SPANS = 64;

/** Found in most texts, and hardly ever personal: only for operators who ask for them. */
const LEFT_OUT = new Set(['DATE_TIME', 'DATE', 'TIME', 'URL', 'CARDINAL', 'ORDINAL', 'MISC']);

/**
 * Returns the findings in a text. Rejects with `recognizer_failed` on any error or timeout, and with
 * `request_too_large` where the rules allow no text of its size.
 */
export type Recognize = (text: string, timeSlice: TimeSlice) => Promise<readonly Finding[]>;

export function createRecognizer(rules: RecognizerRules, clock: Clock): Recognize {
  const analyzer = analyzerOf(rules, clock);
  const slots = new Semaphore(rules.concurrency);
  const breaker = new CircuitBreaker(clock);
  const skip = new Set(rules.skip);
  const toFindings = spanReader(rules);

  const call = (texts: readonly string[], signal: AbortSignal) =>
    slots.run(signal, () => breaker.run(signal, () => analyzer.analyze(texts, signal)));

  return async (text, timeSlice) => {
    const prose = await timeSlice.run(proseOf(text, skip));
    const chars = prose.reduce((sum, { start, end }) => sum + end - start, 0);
    if (chars > rules.text_chars_max) {
      if (rules.oversize === 'pass') return [];
      throw tooLarge(rules.text_chars_max);
    }
    const windows = await timeSlice.run(windowsOf(text, prose, rules.window_chars));
    if (windows.length === 0) return [];
    const batches = batchesOf(windows, analyzer);
    const { signal } = timeSlice;
    // Half of the calls, so that a long text leaves others to the next ones.
    const callsMax = Math.max(1, rules.concurrency >> 1);
    try {
      const found = await withDeadline(clock, TEXT_MS_MAX, signal, (deadline) =>
        inParallel(batches, callsMax, deadline, async (batch, stop) => {
          const parts = batch.map(({ start, end }) => text.slice(start, end));
          const spans = await call(parts, stop);
          return batch.flatMap(({ start }, index) => moved(spans[index] ?? [], start));
        }),
      );
      return await timeSlice.run(toFindings(text, found));
    } catch (cause) {
      signal.throwIfAborted();
      throw new LlmpError('recognizer_failed', undefined, { cause });
    }
  };
}

function analyzerOf(rules: RecognizerRules, clock: Clock): Analyzer {
  if (rules.url !== undefined) return createPresidio(rules.url, rules, clock);
  if (rules.model !== undefined) return createModelAnalyzer(rules.model, rules, clock);
  throw new TypeError('a recognizer has a url or a model');
}

function tooLarge(charsMax: number): LlmpError {
  const size = `${charsMax.toLocaleString('en-US')} characters`;
  return new LlmpError(
    'request_too_large',
    `A text of the request has more than the ${size} that the recognizer of names may search.`,
  );
}

/** Consecutive windows by call, of one text only: what else a request holds changes no result. */
function batchesOf(windows: readonly Range[], { textsMax, charsMax }: Analyzer): Range[][] {
  const batches: Range[][] = [];
  let chars = Infinity;
  for (const window of windows) {
    const length = window.end - window.start;
    const last = batches.at(-1);
    if (last && last.length < textsMax && chars + length <= charsMax) {
      last.push(window);
      chars += length;
    } else {
      batches.push([window]);
      chars = length;
    }
  }
  return batches;
}

/** The results in the order of `items`; the first failure stops the others. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  signal: AbortSignal,
  task: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const results: Result[] = [];
  const rest = items.entries();
  const work = async () => {
    try {
      for (const [index, item] of rest) {
        stop.throwIfAborted();
        results[index] = await task(item, stop);
      }
    } catch (error) {
      failure.abort(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  if (failure.signal.aborted) throw failure.signal.reason;
  return results;
}

function moved(spans: readonly Span[], by: number): Span[] {
  return spans.map(({ start, end, ...rest }) => ({ start: start + by, end: end + by, ...rest }));
}

/** Turns what an analyzer found into disjoint findings, whatever the order of its spans. */
function spanReader(rules: RecognizerRules) {
  const asked = rules.entities && new Set(rules.entities.map(entityName));
  const options = { skip: new Set(rules.skip), asked: asked ?? new Set<string>() };
  const scores = new Map(
    Object.entries(rules.scores ?? {}).map(([entity, score]) => [entityName(entity), score]),
  );
  const detectors = new Map<string, Detector>();
  const detectorOf = (entity: string): Detector => {
    const known = detectors.get(entity) ?? remoteDetector(entity);
    if (detectors.size < ENTITIES_KEPT_MAX) detectors.set(entity, known);
    return known;
  };

  /** What can be what it says, with its entity as rules know it. */
  function kept(text: string, span: Span): Span | undefined {
    const entity = entityName(span.entity);
    if (asked ? !asked.has(entity) : LEFT_OUT.has(entity)) return undefined;
    if (span.score < (scores.get(entity) ?? rules.score_min)) return undefined;
    const range = plausible(text, span, entity, options);
    return range && { ...range, entity, score: span.score };
  }

  /** @param calls spans by call, in the order of the text */
  return function* toFindings(
    text: string,
    calls: readonly (readonly Span[])[],
  ): Generator<void, Finding[]> {
    const joined = new JoinedSpans();
    for (const spans of calls) {
      for (const [index, span] of spans.toSorted(inText).entries()) {
        if (index % SLICE_SPANS === 0) yield;
        const own = kept(text, span);
        if (own) joined.add(own);
      }
    }
    const rankByFinding = new Map<Finding, number>();
    for (const { start, end, entity, score } of joined.all) {
      rankByFinding.set({ start, end, detector: detectorOf(entity) }, 1 - score);
    }
    return yield* resolveSlices(
      [...rankByFinding.keys()],
      (finding) => rankByFinding.get(finding) ?? 1,
    );
  };
}

/** An analyzer may invent entities. */
const ENTITIES_KEPT_MAX = 1_000;

function inText(one: Span, other: Span): number {
  return (
    one.start - other.start ||
    other.end - one.end ||
    (one.entity < other.entity ? -1 : Number(one.entity > other.entity))
  );
}
