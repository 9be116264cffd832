// Detectors compiled for one pass: whatever may call a detector is found by a table look-up, and
// tables by size say whom a group of digits or a run concerns.

import { compileContext, type ContextTest } from './context.ts';
import type { Detector, Trigger } from './detector.ts';
import { ESCAPE_MARKS } from './folded-view.ts';
import { NORMALIZED_CHARS } from './foldings.ts';
import { buildKeywordAutomaton, type KeywordAutomaton } from './keyword-automaton.ts';

/** A detector as the pass needs it. */
export interface Row {
  readonly detector: Detector;
  readonly find: Detector['find'];
  /** Absent when the detector needs no context. */
  readonly hasContext: ContextTest | undefined;
  /** Has evidence of its own (a prefix or a key name), so a hash or UUID may well be the secret. */
  readonly isSure: boolean;
}

/** A keyword and who wants to see it. */
export interface Keyword {
  readonly length: number;
  readonly rows: readonly Row[];
}

export interface CompiledDetectors {
  readonly automaton: KeywordAutomaton;
  /** Keywords that end in a state, by `state - automaton.firstStop`. */
  readonly keywordsByStop: readonly (readonly Keyword[])[];
  /** Rows by ASCII unit. */
  readonly rowsByChar: readonly (readonly Row[])[];
  /** Rows by number of digits in a group. */
  readonly rowsByDigits: readonly (readonly Row[])[];
  /** Rows by length of a run. */
  readonly rowsByRun: readonly (readonly Row[])[];
}

const DIGITS = '0123456789';

/** Throws RangeError when a trigger is not as the contract has it. */
export function compileDetectors(detectors: readonly Detector[]): CompiledDetectors {
  const rowsByChar: Row[][] = Array.from({ length: 128 }, () => []);
  const rowsByDigits: Row[][] = [];
  const rowsByRun: Row[][] = [];
  const rowsByWord = new Map<string, Row[]>();

  const enlist = (row: Row, trigger: Trigger): void => {
    switch (trigger.kind) {
      case 'char':
        for (const char of new Set(trigger.chars)) charRows(rowsByChar, char).push(row);
        break;
      case 'word':
        for (const word of new Set(trigger.words.map((each) => each.toLowerCase()))) {
          rowsByWord.set(word, [...(rowsByWord.get(word) ?? []), row]);
        }
        break;
      case 'digits':
        addBySize(rowsByDigits, row, trigger.digitsMin, trigger.digitsMax);
        break;
      case 'run':
        addBySize(rowsByRun, row, trigger.lengthMin, trigger.lengthMax);
        break;
    }
  };
  for (const detector of detectors) {
    const row = rowOf(detector);
    for (const trigger of detector.triggers) enlist(row, trigger);
  }

  const keywords = [...rowsByWord].map(([word, rows]) => ({ length: word.length, rows }));
  const automaton = buildKeywordAutomaton([...rowsByWord.keys()], stops(rowsByChar));
  return {
    automaton,
    keywordsByStop: automaton.wordsByStop.map((words) =>
      words.flatMap((index) => keywords[index] ?? []),
    ),
    rowsByChar,
    rowsByDigits,
    rowsByRun,
  };
}

function rowOf(detector: Detector): Row {
  const hasWords = detector.triggers.some((trigger) => trigger.kind === 'word');
  return {
    detector,
    find: detector.find,
    hasContext: detector.context && compileContext(detector.context),
    isSure: detector.secret === true && hasWords,
  };
}

function charRows(rowsByChar: Row[][], char: string): Row[] {
  const rows = rowsByChar[char.charCodeAt(0)];
  if (!rows) throw new RangeError('a trigger character must be ASCII');
  return rows;
}

function addBySize(rowsBySize: Row[][], row: Row, min: number, max: number): void {
  if (min < 1 || max < min) throw new RangeError('a trigger must have 1 <= min <= max');
  while (rowsBySize.length <= max) rowsBySize.push([]);
  for (let size = min; size <= max; size++) rowsBySize[size]?.push(row);
}

/** Units at which the pass looks closer: trigger characters, digits and possible disguises. */
function* stops(rowsByChar: readonly (readonly Row[])[]): Generator<number> {
  for (const [unit, rows] of rowsByChar.entries()) if (rows.length > 0) yield unit;
  for (const digit of DIGITS) yield digit.charCodeAt(0);
  yield* ESCAPE_MARKS;
  yield* NORMALIZED_CHARS;
}
