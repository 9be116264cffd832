// One walk over one text for all detectors: a single loop over its units, which leaves the fast path
// only at units and states where something may begin or end. Resumable, so that a large text can be
// walked in slices; what is found does not depend on where the slices are cut.

import { decodeBase64Text, paddingEnd } from './base64-text.ts';
import type { Finding, Range } from './detector.ts';
import { DigitGroups } from './digit-groups.ts';
import type { Confusables } from './folded-view.ts';
import { isInHarmlessShape, isInPlaceholder } from './harmless-shapes.ts';
import type { CompiledDetectors, Row } from './machine.ts';
import { BASE64, DIGIT, LETTER, runEnd, runStart, UNIT_KINDS } from './unit-kinds.ts';

export interface PassOptions {
  readonly compiledDetectors: CompiledDetectors;
  readonly text: string;
  /** The text is a value by itself: context counts as met, and nothing as harmless. */
  readonly isValue: boolean;
  /** Told of units that may be disguised. */
  readonly confusables?: Confusables;
  /** Looks for secrets in text that was base64; gives the best finding. */
  readonly findEncoded?: (decoded: string) => Finding | undefined;
}

export class Pass {
  readonly #options: PassOptions;
  readonly #text: string;
  readonly #compiledDetectors: CompiledDetectors;
  readonly #groups: DigitGroups;
  #at = 0;
  #state = 0;
  /** Ends of the last run of letters and digits and of the last run of base64 units looked at. */
  #runEnd = 0;
  #base64End = 0;
  /** The last finding. */
  #lastRow: Row | undefined;
  #lastStart = 0;
  #lastEnd = 0;
  /** What was found, in no particular order; findings may overlap. */
  readonly findings: Finding[] = [];

  constructor(options: PassOptions) {
    this.#options = options;
    this.#text = options.text;
    this.#compiledDetectors = options.compiledDetectors;
    const { rowsByDigits } = options.compiledDetectors;
    this.#groups = new DigitGroups(options.text, (start, end, digits) => {
      const rows = rowsByDigits[digits];
      if (rows) this.#offer(rows, start, end);
    });
  }

  /** Walks on over `units`; says whether the end of the text is reached. */
  advance(units: number): boolean {
    const text = this.#text;
    const { classes, next, shift, firstStop } = this.#compiledDetectors.automaton;
    const end = Math.min(text.length, this.#at + units);
    let state = this.#state;
    for (let at = this.#at; at < end; at++) {
      state = next[(state << shift) | (classes[text.charCodeAt(at)] ?? 0)] ?? 0;
      if (state >= firstStop) this.#stop(state - firstStop, at);
    }
    this.#state = state;
    this.#at = end;
    if (end < text.length) return false;
    this.#groups.end();
    return true;
  }

  #stop(stop: number, at: number): void {
    const unit = this.#text.charCodeAt(at);
    if (((UNIT_KINDS[unit] ?? 0) & DIGIT) !== 0) {
      this.#groups.digit(at);
      if (at >= this.#runEnd) this.#run(at);
    } else if (unit > 0x7f || unit === PERCENT || unit === BACKSLASH) {
      this.#options.confusables?.meet(at);
    }
    const charRows = this.#compiledDetectors.rowsByChar[unit];
    if (charRows && charRows.length > 0) this.#offer(charRows, at, at + 1);
    for (const { length, rows } of this.#compiledDetectors.keywordsByStop[stop] ?? []) {
      this.#offer(rows, at + 1 - length, at + 1);
    }
  }

  /** Looks at the runs around the first digit of a run; runs without digits concern nobody. */
  #run(at: number): void {
    const text = this.#text;
    const start = runStart(text, at, LETTER | DIGIT, this.#runEnd);
    const end = runEnd(text, at, LETTER | DIGIT);
    this.#runEnd = end;
    const rows = this.#compiledDetectors.rowsByRun[end - start];
    if (rows && rows.length > 0 && hasLetter(text, start, end)) this.#offer(rows, start, end);
    if (at >= this.#base64End && this.#options.findEncoded) this.#base64(start, end);
  }

  /** Nearly every text of 18 bytes has a digit in its base64, so runs with digits are enough. */
  #base64(from: number, to: number): void {
    const { findEncoded } = this.#options;
    const start = runStart(this.#text, from, BASE64, this.#base64End);
    const end = runEnd(this.#text, to, BASE64);
    this.#base64End = end;
    const decoded = decodeBase64Text(this.#text, start, end);
    const found = decoded === undefined ? undefined : findEncoded?.(decoded);
    if (!found) return;
    this.findings.push({ start, end: paddingEnd(this.#text, end), detector: found.detector });
  }

  #offer(rows: readonly Row[], start: number, end: number): void {
    for (const row of rows) {
      // What a detector has found it need not find from the inside again.
      if (row === this.#lastRow && end <= this.#lastEnd && start >= this.#lastStart) continue;
      const range = row.find(this.#text, start, end);
      if (range !== undefined) this.#take(row, range);
    }
  }

  #take(row: Row, { start, end }: Range): void {
    const text = this.#text;
    if (!(start >= 0 && start < end && end <= text.length)) {
      throw new RangeError(
        `${row.detector.entity} found [${start}, ${end}) in ${text.length} units`,
      );
    }
    if (!this.#options.isValue) {
      if (row.hasContext && !row.hasContext(text, start, end)) return;
      if (!row.isSure && isInHarmlessShape(text, start, end)) return;
      if (isInPlaceholder(text, start, end)) return;
    }
    this.findings.push({ start, end, detector: row.detector });
    this.#lastRow = row;
    this.#lastStart = start;
    this.#lastEnd = end;
  }
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;

function hasLetter(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (((UNIT_KINDS[text.charCodeAt(at)] ?? 0) & LETTER) !== 0) return true;
  }
  return false;
}
