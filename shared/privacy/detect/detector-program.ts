// Compiles the triggers of detectors to a program of the scan kernel.

import { REACH, type ScanProgram } from '../../scan/program.ts';
import { CHAR_KINDS } from './char-kinds.ts';
import { BASE64_LENGTH_MIN } from './base64-text.ts';
import type { Detector } from './detector.ts';
import { unitBits } from './unit-bits.ts';

/** The program finds every position at which the scanner would try one of these detectors. */
export function detectorProgram(detectors: readonly Detector[]): ScanProgram {
  const words = new Set<string>();
  const chars = new Set<string>();
  const runLengths = new Uint8Array(2 * REACH);
  let digitsMin = Infinity;
  for (const trigger of detectors.flatMap(({ triggers }) => triggers)) {
    if (trigger.kind === 'word') for (const word of trigger.words) words.add(word.toLowerCase());
    else if (trigger.kind === 'char') for (const char of trigger.chars) chars.add(char);
    else if (trigger.kind === 'digits') digitsMin = Math.min(digitsMin, trigger.digitsMin);
    else runLengths.fill(1, trigger.lengthMin, trigger.lengthMax + 1);
  }
  return {
    keywords: Array.from(words, (text) => ({ text })),
    chars: Array.from(chars, (char) => ({ char })),
    digitsMin: Number.isFinite(digitsMin) ? Math.min(digitsMin, REACH / 2) : 0,
    runLengths,
    base64Min: BASE64_LENGTH_MIN,
    kinds: CHAR_KINDS.slice(0, 128),
    unitBits: unitBits(),
  };
}
