// Compiles detectors to look-up tables for a single pass over the text.

import { compileHeadings } from './compiled-headings.ts';
import { compileContext, type ContextTest } from './context.ts';
import type { Detector, Trigger } from './detector.ts';
import { ESCAPE_MARKS } from './normalized-view.ts';
import { NORMALIZED_CHARS } from './normalizations.ts';
import { indexKeywords, type KeywordIndex } from './keyword-index.ts';
import { STATEMENT_WORDS, type Headings } from './table-reader.ts';

export interface CompiledDetector {
  readonly detector: Detector;
  readonly find: Detector['find'];
  /** Absent if the detector needs no context. */
  readonly hasContext: ContextTest | undefined;
  /** A prefix or key name confirms the finding, so a hash or UUID may be the secret. */
  readonly isSure: boolean;
  /** Present in an entry that stands for several detectors. */
  readonly family: Family | undefined;
}

/** Detectors that share a gate. */
export interface Family {
  readonly gate: NonNullable<Detector['gate']>;
  readonly members: CompiledDetector[];
}

/** A keyword and the detectors it triggers. */
export interface Keyword {
  readonly length: number;
  readonly detectors: readonly CompiledDetector[];
  /** What it may be in a table. */
  readonly inTable: 'heading' | 'statement' | undefined;
}

export interface CompiledDetectors {
  readonly keywords: KeywordIndex<Keyword>;
  /** By ASCII code. */
  readonly detectorsByChar: readonly (readonly CompiledDetector[])[];
  /** By number of digits in a group. */
  readonly detectorsByDigits: readonly (readonly CompiledDetector[])[];
  /** By length of a run. */
  readonly detectorsByRun: readonly (readonly CompiledDetector[])[];
  readonly headings: Headings<CompiledDetector>;
}

const DIGITS = '0123456789';

/** @throws RangeError if a trigger is malformed */
export function compileDetectors(detectors: readonly Detector[]): CompiledDetectors {
  const detectorsByChar: CompiledDetector[][] = Array.from({ length: 128 }, () => []);
  const detectorsByDigits: CompiledDetector[][] = [];
  const detectorsByRun: CompiledDetector[][] = [];
  const detectorsByWord = new Map<string, CompiledDetector[]>();

  const register = (compiled: CompiledDetector, trigger: Trigger): void => {
    switch (trigger.kind) {
      case 'char':
        for (const char of new Set(trigger.chars))
          charDetectors(detectorsByChar, char).push(compiled);
        break;
      case 'word':
        for (const word of new Set(trigger.words.map((each) => each.toLowerCase()))) {
          detectorsByWord.set(word, [...(detectorsByWord.get(word) ?? []), compiled]);
        }
        break;
      case 'digits':
        addBySize(detectorsByDigits, compiled, trigger.digitsMin, trigger.digitsMax);
        break;
      case 'run':
        addBySize(detectorsByRun, compiled, trigger.lengthMin, trigger.lengthMax);
        break;
    }
  };
  const compiledDetectors = detectors.map(compileDetector);
  for (const compiled of compiledDetectors) {
    const { detector } = compiled;
    for (const trigger of detector.triggers) register(compiled, trigger);
  }

  const headingWords = new Set(detectors.flatMap(({ column }) => column?.words ?? []));
  for (const word of [...headingWords, ...STATEMENT_WORDS])
    detectorsByWord.set(word, detectorsByWord.get(word) ?? []);
  const keywords = new Map(
    Array.from(detectorsByWord, ([word, triggered]) => [
      word,
      { length: word.length, detectors: triggered, inTable: inTable(headingWords, word) },
    ]),
  );
  return {
    keywords: indexKeywords(keywords, stops(detectorsByChar)),
    detectorsByChar,
    detectorsByDigits,
    detectorsByRun,
    headings: compileHeadings(compiledDetectors),
  };
}

function inTable(headingWords: ReadonlySet<string>, word: string): Keyword['inTable'] {
  if (STATEMENT_WORDS.includes(word)) return 'statement';
  return headingWords.has(word) ? 'heading' : undefined;
}

function compileDetector(detector: Detector): CompiledDetector {
  const hasWords = detector.triggers.some((trigger) => trigger.kind === 'word');
  return {
    detector,
    find: detector.find,
    hasContext: detector.context && compileContext(detector.context),
    family: undefined,
    isSure: detector.isSure ?? (detector.secret === true && hasWords),
  };
}

function charDetectors(detectorsByChar: CompiledDetector[][], char: string): CompiledDetector[] {
  const detectors = detectorsByChar[char.charCodeAt(0)];
  if (!detectors) throw new RangeError('a trigger character must be ASCII');
  return detectors;
}

function addBySize(
  detectorsBySize: CompiledDetector[][],
  compiled: CompiledDetector,
  min: number,
  max: number,
): void {
  if (min < 1 || max < min) throw new RangeError('a trigger must have 1 <= min <= max');
  while (detectorsBySize.length <= max) detectorsBySize.push([]);
  for (let size = min; size <= max; size++) addToFamily(detectorsBySize[size] ?? [], compiled);
}

function addToFamily(list: CompiledDetector[], compiled: CompiledDetector): void {
  const { gate } = compiled.detector;
  if (!gate) return void list.push(compiled);
  const family = list.find((each) => each.family?.gate === gate)?.family;
  if (family) family.members.push(compiled);
  else list.push({ ...compiled, family: { gate, members: [compiled] } });
}

/** Character codes at which the pass stops: triggers, digits and possible confusables. */
function* stops(detectorsByChar: readonly (readonly CompiledDetector[])[]): Generator<number> {
  for (const [code, detectors] of detectorsByChar.entries()) if (detectors.length > 0) yield code;
  for (const digit of DIGITS) yield digit.charCodeAt(0);
  yield* ESCAPE_MARKS;
  yield* NORMALIZED_CHARS;
}
