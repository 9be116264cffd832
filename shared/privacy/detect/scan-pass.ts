// One pass over a text for all detectors, from one trigger to the next. Resumable: a large text can be scanned
// in steps without changing the result.

import {
  CELL_TRIGGER,
  CONFUSABLE_TRIGGER,
  GROUP_TRIGGER,
  RUN_TRIGGER,
} from '../../scan/program.ts';
import { decodeBase64Text, paddingEnd } from './base64-text.ts';
import type { Detector, Finding, Range } from './detector.ts';
import { DigitGroups } from './digit-groups.ts';
import type { Confusables } from './normalized-view.ts';
import { isInHarmlessFormat, isInPlaceholder } from './harmless-formats.ts';
import type { CompiledDetectors, CompiledDetector, Mark } from './compiled-detectors.ts';
import { TableReader } from './table-reader.ts';
import {
  BASE64,
  CHAR_KINDS,
  DIGIT,
  kindAt,
  LETTER,
  runEnd,
  runStart,
  SEPARATOR,
} from './char-kinds.ts';

/** What the triggers of a kernel mean to a scanner. */
export interface Triggers {
  readonly compiledDetectors: CompiledDetectors;
  /** Those of characters and keywords. */
  readonly marks: readonly (Mark | undefined)[];
}

export interface PassOptions {
  readonly triggers: Triggers;
  readonly text: string;
  /** Positions and triggers in the text, in parts. */
  readonly parts: Iterator<Uint32Array, void>;
  /** The text is a single value: assume context and treat nothing as harmless. */
  readonly isValue: boolean;
  /** Whether to read the tables of the text. */
  readonly hasTables?: boolean;
  /** Receives characters that are confusable. */
  readonly confusables?: Confusables;
  /** Returns the best secret found in decoded base64. */
  readonly findEncoded?: (decoded: string) => Finding | undefined;
}

/** Bounds of a step: below 10 ms even on adversarial text. */
const STEP_TRIGGERS = 128;
const STEP_CHARS = 8_192;
/** Characters of a run that are searched at once. */
const RUN_STEP = 65_536;
const NO_TRIGGERS = new Uint32Array();
/** After any position. */
const NO_GROUP = 2 ** 30;

export class Pass {
  readonly #options: PassOptions;
  readonly #text: string;
  readonly #compiled: CompiledDetectors;
  readonly #groups: DigitGroups;
  readonly #tables: TableReader<CompiledDetector> | undefined;
  /** The part that is read, and the next trigger in it. */
  #part: Uint32Array = NO_TRIGGERS;
  #place = 0;
  #at = 0;
  /** The next digit or sign of a group that may go on. */
  #groupAt = NO_GROUP;
  /** Ends of the last runs of letters and digits that may be a cell, or a value, and of base64 characters. */
  #cellEnd = 0;
  #runEnd = 0;
  #base64End = 0;
  /** Whether these runs may go on, and the finding that covers the second one. */
  #isRunOpen = false;
  #isBase64Open = false;
  #base64Finding: { readonly start: number; end: number; readonly detector: Detector } | undefined;
  /** The last finding and its detector. */
  #lastDetector: CompiledDetector | undefined;
  #lastStart = 0;
  #lastEnd = 0;
  /** Unordered; may overlap. */
  readonly findings: Finding[] = [];

  constructor(options: PassOptions) {
    this.#options = options;
    this.#text = options.text;
    this.#compiled = options.triggers.compiledDetectors;
    if (options.hasTables === true) {
      this.#tables = new TableReader(options.text, this.#compiled.headings, (compiled, range) =>
        this.#addCell(compiled, range),
      );
    }
    const { detectorsByDigits, detectorsByWholeDigits } = this.#compiled;
    this.#groups = new DigitGroups(options.text, (start, end, digits) => {
      const detectors = detectorsByDigits[digits];
      if (detectors) this.#offer(detectors, start, end);
      if (start === 0 && end === options.text.length)
        this.#offer(detectorsByWholeDigits[digits] ?? [], start, end);
    });
  }

  /** Takes the next step; returns whether the end of the text is reached. */
  advance(): boolean {
    if (this.#isRunOpen || this.#isBase64Open) this.#followRuns();
    const { length } = this.#text;
    this.#at = this.#read(Math.min(length, this.#at + STEP_CHARS));
    this.#readGroup(this.#at);
    this.#tables?.advance(this.#at);
    if (this.#at < length) return false;
    this.#groups.end();
    return true;
  }

  /** Reads triggers before `limit`; returns where it stopped. */
  #read(limit: number): number {
    let count = 0;
    for (;;) {
      const part = this.#part;
      while (this.#place < part.length) {
        const at = part[this.#place] ?? 0;
        if (at >= limit) return limit;
        if (count++ === STEP_TRIGGERS) return at;
        if (at > this.#groupAt) this.#readGroup(at);
        const trigger = part[this.#place + 1] ?? 0;
        this.#place += 2;
        this.#trigger(trigger, at);
      }
      const next = this.#options.parts.next();
      if (next.done) return limit;
      this.#part = next.value;
      this.#place = 0;
    }
  }

  #trigger(trigger: number, at: number): void {
    const mark = this.#options.triggers.marks[trigger];
    if (mark) this.#mark(mark, at + 1 - mark.length, at + 1);
    else if (trigger === GROUP_TRIGGER) this.#groupAt = at;
    else if (trigger === RUN_TRIGGER) this.#run(at);
    else if (trigger === CELL_TRIGGER) this.#cell(at);
    else if (trigger === CONFUSABLE_TRIGGER) this.#options.confusables?.add(at);
  }

  /** Reads the digits of the open group before `to`. */
  #readGroup(to: number): void {
    const text = this.#text;
    let at = this.#groupAt;
    while (at < to) {
      if ((kindAt(text, at) & DIGIT) !== 0) {
        const end = runEnd(text, at, DIGIT, to);
        this.#groups.digits(at, end);
        at = end;
      } else if ((kindAt(text, at) & SEPARATOR) !== 0 && (kindAt(text, at + 1) & DIGIT) !== 0) {
        at += 1;
      } else {
        this.#groups.end();
        at = NO_GROUP;
      }
    }
    this.#groupAt = at;
  }

  /** Offers a keyword or a character to the detectors whose neighbours are beside it. */
  #mark({ candidates, inTable, isTested }: Mark, start: number, end: number): void {
    if (inTable === 'heading') this.#tables?.word(start, end);
    else if (inTable === 'statement') this.#tables?.statement(start, end);
    if (isTested) {
      for (const { compiled } of candidates) this.#inspect(compiled, start, end);
      return;
    }
    const { neighbours } = this.#compiled;
    const after = neighbours.after(this.#text, end);
    const before = neighbours.before(this.#text, start);
    for (const candidate of candidates) {
      if ((after & candidate.after) !== 0 && (before & candidate.before) !== 0)
        this.#inspect(candidate.compiled, start, end);
    }
  }

  /** Looks for the table of the run around its first digit. */
  #cell(at: number): void {
    if (!this.#tables || at < this.#cellEnd) return;
    const start = runStart(this.#text, at, LETTER | DIGIT, this.#cellEnd);
    this.#cellEnd = runEnd(this.#text, at, LETTER | DIGIT, limitOf(this.#text, at));
    this.#tables.number(start, this.#cellEnd);
  }

  /** Inspects the runs around the first digit of a run; no detector wants runs without digits. */
  #run(at: number): void {
    if (at < this.#runEnd) return;
    const text = this.#text;
    const start = runStart(text, at, LETTER | DIGIT, this.#runEnd);
    const end = runEnd(text, at, LETTER | DIGIT, limitOf(text, at));
    this.#runEnd = end;
    // No detector wants runs of such a length.
    this.#isRunOpen = end - at === RUN_STEP;
    const detectors = this.#compiled.detectorsByRun[end - start];
    if (detectors && detectors.length > 0 && hasLetter(text, start, end))
      this.#offer(detectors, start, end);
    if (at >= this.#base64End && this.#options.findEncoded) this.#base64(start, end);
  }

  /** Runs with digits suffice: base64 of 18 bytes nearly always has one. */
  #base64(from: number, to: number): void {
    const { findEncoded } = this.#options;
    const start = runStart(this.#text, from, BASE64, this.#base64End);
    const end = runEnd(this.#text, to, BASE64, limitOf(this.#text, to));
    this.#base64End = end;
    this.#isBase64Open = end - to === RUN_STEP;
    this.#base64Finding = undefined;
    const decoded = decodeBase64Text(this.#text, start, end);
    const found = decoded === undefined ? undefined : findEncoded?.(decoded);
    if (!found) return;
    const { detector } = found;
    this.#base64Finding = { start, end: paddingEnd(this.#text, end), detector };
    this.findings.push(this.#base64Finding);
  }

  /** Finds the ends of runs that are too long for one step, always ahead of the scan. */
  #followRuns(): void {
    const text = this.#text;
    if (this.#isRunOpen) {
      const limit = this.#runEnd + 2 * STEP_CHARS;
      this.#runEnd = runEnd(text, this.#runEnd, LETTER | DIGIT, Math.min(text.length, limit));
      this.#isRunOpen = this.#runEnd === limit;
    }
    if (!this.#isBase64Open) return;
    const limit = this.#base64End + 2 * STEP_CHARS;
    this.#base64End = runEnd(text, this.#base64End, BASE64, Math.min(text.length, limit));
    this.#isBase64Open = this.#base64End === limit;
    if (this.#base64Finding) this.#base64Finding.end = paddingEnd(text, this.#base64End);
  }

  #offer(detectors: readonly CompiledDetector[], start: number, end: number): void {
    for (const compiled of detectors) {
      const { family } = compiled;
      if (family) {
        if (family.gate(this.#text, start, end, this)) this.#offer(family.members, start, end);
        continue;
      }
      this.#inspect(compiled, start, end);
    }
  }

  #inspect(compiled: CompiledDetector, start: number, end: number): void {
    // Skip candidates inside the detector's last finding.
    if (compiled === this.#lastDetector && end <= this.#lastEnd && start >= this.#lastStart) return;
    const range = compiled.find(this.#text, start, end, this);
    if (range) this.#add(compiled, range);
  }

  #add(compiled: CompiledDetector, { start, end }: Range): void {
    const text = this.#text;
    if (!(start >= 0 && start < end && end <= text.length)) {
      throw new RangeError(
        `${compiled.detector.entity} found [${start}, ${end}) in a text of ${text.length} characters`,
      );
    }
    if (!this.#options.isValue) {
      if (compiled.hasContext && !compiled.hasContext(text, start, end)) {
        const heading = this.#tables?.headingOf(start);
        if (heading === undefined || !compiled.hasContext(heading, heading.length, heading.length))
          return;
      }
      if (isHarmless(compiled, text, start, end)) return;
    }
    this.findings.push({ start, end, detector: compiled.detector });
    this.#lastDetector = compiled;
    this.#lastStart = start;
    this.#lastEnd = end;
  }

  #addCell(compiled: CompiledDetector, { start, end }: Range): void {
    if (!isHarmless(compiled, this.#text, start, end))
      this.findings.push({ start, end, detector: compiled.detector });
  }
}

function isHarmless(
  { isSure }: CompiledDetector,
  text: string,
  start: number,
  end: number,
): boolean {
  return (!isSure && isInHarmlessFormat(text, start, end)) || isInPlaceholder(text, start, end);
}

function limitOf(text: string, from: number): number {
  return Math.min(text.length, from + RUN_STEP);
}

function hasLetter(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (((CHAR_KINDS[text.charCodeAt(at)] ?? 0) & LETTER) !== 0) return true;
  }
  return false;
}
