// Compiles the triggers of detectors to a program of the scan kernel.

import { FIRST_CHAR_TRIGGER, REACH, type ScanProgram } from '../../scan/program.ts';
import { CHAR_KINDS } from './char-kinds.ts';
import { compileDetectors, type CompiledDetectors, type Mark } from './compiled-detectors.ts';
import type { Detector } from './detector.ts';
import { unitBits } from './unit-bits.ts';

/** The program finds every position at which a scanner of some of the detectors looks further. */
export function detectorProgram(detectors: readonly Detector[]): ScanProgram {
  const { markByWord, markByChar, neighbours } = compileDetectors(detectors);
  return {
    keywords: Array.from(markByWord.keys(), (text) => ({ text })),
    chars: markByChar.flatMap((mark, code) =>
      mark
        ? {
            char: String.fromCharCode(code),
            before: neighbours.mayBeBefore(mark),
            after: neighbours.mayBeAfter(mark),
          }
        : [],
    ),
    // Numbers in tables may have any length, so each digit is looked at. The scanner finds runs around them.
    digitsMin: 1,
    runLengths: new Uint8Array(2 * REACH),
    base64Min: 0,
    kinds: CHAR_KINDS.slice(0, 128),
    unitBits: unitBits(),
  };
}

/** What the characters and keywords of a program mean to a scanner, by their trigger. */
export function marksByTrigger(
  { keywords, chars }: ScanProgram,
  { markByWord, markByChar }: CompiledDetectors,
): readonly (Mark | undefined)[] {
  return [
    ...Array.from({ length: FIRST_CHAR_TRIGGER }, () => undefined),
    ...chars.map(({ char }) => markByChar[char.charCodeAt(0)]),
    ...keywords.map(({ text }) => markByWord.get(text)),
  ];
}
