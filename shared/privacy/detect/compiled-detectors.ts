// Compiles detectors to look-up tables for a single pass over the text.

import { compileHeadings } from './compiled-headings.ts';
import { compileContext, type ContextTest } from './context.ts';
import type { Detector, Trigger } from './detector.ts';
import { isSameList, RecentResults } from '../../runtime/recent-results.ts';
import { NeighbourSets, type NeighbourBits } from './neighbours.ts';
import { STATEMENT_BEFORE, STATEMENT_WORDS, type Headings } from './table-reader.ts';

export interface CompiledDetector {
  readonly detector: Detector;
  /** Its place in the order of precedence; that of the first one of a family. */
  readonly rank: number;
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
  readonly memberByPlace: (CompiledDetector | undefined)[];
}

/** A detector and what must be beside its trigger. */
export interface Candidate extends NeighbourBits {
  readonly compiled: CompiledDetector;
}

/** A keyword or a character, the detectors it triggers, and what any of them needs beside it. */
export interface Mark extends NeighbourBits {
  readonly length: number;
  readonly candidates: readonly Candidate[];
  /** What it may be in a table. */
  readonly inTable: 'heading' | 'statement' | undefined;
}

export interface CompiledDetectors {
  readonly neighbours: NeighbourSets;
  readonly markByWord: ReadonlyMap<string, Mark>;
  /** By ASCII code. */
  readonly markByChar: readonly (Mark | undefined)[];
  /** By number of digits in a group. */
  readonly detectorsByDigits: readonly (readonly CompiledDetector[])[];
  /** By number of digits in a group that is the whole text. */
  readonly detectorsByWholeDigits: readonly (readonly CompiledDetector[])[];
  /** By length of a run. */
  readonly detectorsByRun: readonly (readonly CompiledDetector[])[];
  readonly headings: Headings<CompiledDetector>;
}

const DIGITS = '0123456789';

/** Scanners of a process have few lists of detectors, and each is compiled for several purposes. */
const recent = new RecentResults<readonly Detector[], CompiledDetectors>(8, isSameList);

/** @throws RangeError if a trigger is malformed */
export function compileDetectors(detectors: readonly Detector[]): CompiledDetectors {
  return recent.get(detectors, compile);
}

function compile(detectors: readonly Detector[]): CompiledDetectors {
  const neighbours = new NeighbourSets();
  const detectorsByDigits: CompiledDetector[][] = [];
  const detectorsByWholeDigits: CompiledDetector[][] = [];
  const detectorsByRun: CompiledDetector[][] = [];
  const candidatesByChar = new Map<string, Candidate[]>();
  const candidatesByWord = new Map<string, Candidate[]>();

  const register = (compiled: CompiledDetector, trigger: Trigger): void => {
    switch (trigger.kind) {
      case 'char':
        for (const char of new Set(trigger.chars)) {
          checkChar(char);
          append(candidatesByChar, char, { compiled, ...neighbours.bitsOf(trigger) });
        }
        break;
      case 'word':
        for (const word of new Set(trigger.words.map((each) => each.toLowerCase())))
          append(candidatesByWord, word, { compiled, ...neighbours.bitsOf(trigger) });
        break;
      case 'digits':
        addBySize(
          trigger.isWhole ? detectorsByWholeDigits : detectorsByDigits,
          compiled,
          trigger.digitsMin,
          trigger.digitsMax,
        );
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
    candidatesByWord.set(word, candidatesByWord.get(word) ?? []);
  const markByWord = new Map<string, Mark>();
  for (const [word, candidates] of candidatesByWord) {
    const mark = markOf(word, candidates, headingWords.has(word) ? 'heading' : undefined);
    const isStatement = STATEMENT_WORDS.includes(word);
    markByWord.set(word, isStatement ? statementMark(mark, neighbours) : mark);
  }
  const markByChar: (Mark | undefined)[] = Array.from({ length: 128 }, () => undefined);
  for (const [char, candidates] of candidatesByChar)
    markByChar[char.charCodeAt(0)] = markOf(char, candidates);
  return {
    neighbours,
    markByWord,
    markByChar,
    detectorsByDigits,
    detectorsByWholeDigits,
    detectorsByRun,
    headings: compileHeadings(compiledDetectors),
  };
}

/** A word that may stand behind the columns of a statement. */
function statementMark(mark: Mark, neighbours: NeighbourSets): Mark {
  const { before, after } = neighbours.bitsOf({ before: STATEMENT_BEFORE });
  return { ...mark, before: mark.before | before, after, inTable: 'statement' };
}

function compileDetector(detector: Detector, rank: number): CompiledDetector {
  const hasWords = detector.triggers.some((trigger) => trigger.kind === 'word');
  return {
    detector,
    rank,
    find: detector.find,
    hasContext: detector.context && compileContext(detector.context),
    family: undefined,
    isSure: detector.isSure ?? (detector.secret === true && hasWords),
  };
}

function append(
  candidatesByTrigger: Map<string, Candidate[]>,
  trigger: string,
  candidate: Candidate,
): void {
  const candidates = candidatesByTrigger.get(trigger);
  if (candidates) candidates.push(candidate);
  else candidatesByTrigger.set(trigger, [candidate]);
}

function markOf(
  trigger: string,
  candidates: readonly Candidate[],
  inTable?: Mark['inTable'],
): Mark {
  return {
    length: trigger.length,
    candidates,
    before: candidates.reduce((bits, { before }) => bits | before, 0),
    after: candidates.reduce((bits, { after }) => bits | after, 0),
    inTable,
  };
}

function checkChar(char: string): void {
  if (char.charCodeAt(0) > 0x7f || DIGITS.includes(char))
    throw new RangeError('a trigger character must be ASCII, and no digit');
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
  const { gate, place } = compiled.detector;
  if (!gate) return void list.push(compiled);
  const known = list.find((each) => each.family?.gate === gate)?.family;
  const family = known ?? { gate, members: [], memberByPlace: [] };
  if (!known) list.push({ ...compiled, family });
  family.members.push(compiled);
  if (place !== undefined) family.memberByPlace[place] = compiled;
}
