// Compiles the triggers of detectors to a program of the scan kernel.

import {
  ANY,
  FIRST_CHAR_TRIGGER,
  REACH,
  type Beside,
  type ScanProgram,
} from '../../scan/program.ts';
import { isSameList, RecentResults } from '../../runtime/recent-results.ts';
import { LENGTH_MIN as BASE64_LENGTH_MIN } from './base64-text.ts';
import { CHAR_KINDS } from './char-kinds.ts';
import {
  compileDetectors,
  type CompiledDetector,
  type CompiledDetectors,
  type Mark,
} from './compiled-detectors.ts';
import type { Detector } from './detector.ts';
import { PLACES } from './table-places.ts';
import { unitBits } from './unit-bits.ts';

const programs = new RecentResults<readonly Detector[], ScanProgram>(4, isSameList);

/** The program finds every position at which a scanner of some of the detectors looks further. */
export function detectorProgram(detectors: readonly Detector[]): ScanProgram {
  return programs.get(detectors, programOf);
}

function programOf(detectors: readonly Detector[]): ScanProgram {
  const { markByWord, markByChar, neighbours, detectorsByRun } = compileDetectors(detectors);
  const digits = detectors.flatMap(({ triggers }) =>
    triggers.flatMap((trigger) => (trigger.kind === 'digits' ? [trigger] : [])),
  );
  const hasTables = detectors.some(({ column, context }) => column ?? context);
  return {
    keywords: Array.from(markByWord, ([text, { before, after, inTable }]) => ({
      text,
      before,
      after,
      isHeading: hasTables && inTable === 'heading',
    })),
    chars: markByChar.flatMap((mark, code) =>
      mark ? { char: String.fromCharCode(code), before: mark.before, after: mark.after } : [],
    ),
    neighbours: neighbours.tables,
    digitsMin: least(digits.map(({ digitsMin }) => digitsMin)),
    loneDigitsMin: least(digits.map(({ digitsMin, loneMin = 0 }) => Math.max(digitsMin, loneMin))),
    ...(hasTables ? { places: PLACES } : {}),
    runLengths: Uint8Array.from({ length: 2 * REACH }, (_, length) =>
      (detectorsByRun[length]?.length ?? 0) > 0 ? 1 : 0,
    ),
    base64Min: detectors.some(({ secret }) => secret) ? BASE64_LENGTH_MIN : 0,
    kinds: CHAR_KINDS.slice(0, 128),
    unitBits: unitBits(),
  };
}

function least(sizes: readonly number[]): number {
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

/** What the triggers of a kernel mean to a scanner. */
export interface Triggers {
  readonly compiledDetectors: CompiledDetectors;
  /** Of characters and keywords. */
  readonly marks: readonly (Mark | undefined)[];
  /** The only detector of a mark whose neighbours the kernel has tested; most have one. */
  readonly onlyDetectors: readonly (CompiledDetector | undefined)[];
  /** Characters of each mark. */
  readonly lengths: Uint16Array;
}

interface Meant {
  readonly detectors: readonly Detector[];
  readonly program: ScanProgram;
}

const recent = new RecentResults<Meant, Triggers>(
  8,
  (one, other) => one.program === other.program && isSameList(one.detectors, other.detectors),
);

/** What the characters and keywords of a program mean to a scanner, by their trigger. */
export function compileTriggers(detectors: readonly Detector[], program: ScanProgram): Triggers {
  return recent.get({ detectors, program }, triggersOf);
}

function triggersOf({ detectors, program: { keywords, chars } }: Meant): Triggers {
  const compiledDetectors = compileDetectors(detectors);
  const { markByWord, markByChar } = compiledDetectors;
  const triggers = [
    ...chars.map(({ char, ...beside }) => ({ ...beside, mark: markByChar[char.charCodeAt(0)] })),
    ...keywords.map(({ text, isFolded, ...beside }) => ({
      ...beside,
      mark: isFolded ? undefined : markByWord.get(text),
    })),
  ];
  const others = Array.from({ length: FIRST_CHAR_TRIGGER }, () => undefined);
  const marks = [...others, ...triggers.map(({ mark }) => mark)];
  const onlyDetectors = triggers.map(({ mark, ...beside }) => onlyDetector(mark, beside));
  return {
    compiledDetectors,
    marks,
    onlyDetectors: [...others, ...onlyDetectors],
    lengths: Uint16Array.from(marks, (mark) => mark?.length ?? 0),
  };
}

function onlyDetector(
  mark: Mark | undefined,
  { before = ANY, after = ANY }: Beside,
): CompiledDetector | undefined {
  const [candidate, second] = mark?.candidates ?? [];
  if (!candidate || second || mark?.inTable) return undefined;
  const isTested = candidate.before === before && candidate.after === after;
  return isTested ? candidate.compiled : undefined;
}
