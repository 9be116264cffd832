// What is found in a text, and where it is in the JSON literal of the text.

import { OffsetCursor } from '../json/offsets.ts';
import type { TextValue } from '../json/text-value.ts';

/** A value found in a text. */
export interface TextFinding {
  /** Offsets within the JSON literal, including its opening quote. A number is found as a whole. */
  readonly start: number;
  readonly end: number;
  /** Start within the decoded text. */
  readonly at: number;
  readonly value: string;
  readonly entity: string;
  /** Label of its placeholder, a function of the value, and of the entity if a recognizer found it. */
  readonly label: string;
  /** The value may be a common word or date: it is replaced here, and where the model repeats it. */
  readonly isCommon?: true;
}

export const NO_FINDINGS: readonly TextFinding[] = Object.freeze([]);

/** Findings placed between two yields: less than a millisecond. */
const SLICE_PLACES = 1_024;

/** Before a value in its literal. */
export const QUOTE = 1;

/** Findings with their places in the literal of a text, which may have escapes. */
export function* placed(
  text: TextValue,
  findings: readonly TextFinding[],
): Generator<void, readonly TextFinding[]> {
  if (findings.length === 0 || !text.hasEscapes) return findings;
  const cursor = new OffsetCursor(text.literal);
  const found: TextFinding[] = [];
  for (const finding of findings) {
    const { at, value } = finding;
    const start = cursor.rawOffset(at);
    found.push({ ...finding, start, end: cursor.rawOffset(at + value.length) });
    if (found.length % SLICE_PLACES === 0) yield;
  }
  return found;
}
