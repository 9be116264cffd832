// One pass over a text for all detectors, from one trigger to the next. Resumable: a large text can be scanned
// in steps without changing the result.

import {
  CELL_TRIGGER,
  CONFUSABLE_TRIGGER,
  GROUP_TRIGGER,
  RUN_TRIGGER,
} from '../../scan/program.ts';
import type { Finding, Range } from './detector.ts';
import { DigitGroups } from './digit-groups.ts';
import type { Confusables } from './normalized-view.ts';
import { isInHarmlessFormat, isInPlaceholder } from './harmless-formats.ts';
import type { CompiledDetectors, CompiledDetector, Family, Mark } from './compiled-detectors.ts';
import type { Triggers } from './detector-program.ts';
import { RunReader, runLimit } from './run-reader.ts';
import { TableReader } from './table-reader.ts';
import { DIGIT, kindAt, LETTER, runEnd, runStart, SEPARATOR } from './char-kinds.ts';

export interface PassOptions {
  readonly triggers: Triggers;
  readonly text: string;
  /** Positions and triggers in the text, in parts. */
  readonly parts: Iterator<Uint32Array, void>;
  /** The text is a single value: assume context and treat nothing as harmless. */
  readonly isValue: boolean;
  /** Asks only the detectors before this place in the order of precedence; all by default. */
  readonly rankEnd?: number;
  /** Whether to read the tables of the text. */
  readonly hasTables?: boolean;
  /** Receives characters that are confusable. */
  readonly confusables?: Confusables;
  /** Returns the best secret found in decoded base64. */
  readonly findEncoded?: (decoded: string, isValue: boolean) => Finding | undefined;
}

/** Bounds of a step: below 10 ms even on adversarial text. */
const STEP_TRIGGERS = 128;
const STEP_CHARS = 8_192;
const NO_TRIGGERS = new Uint32Array();
/** After any position. */
const NO_GROUP = 2 ** 30;

export class Pass {
  readonly #options: PassOptions;
  readonly #text: string;
  readonly #compiled: CompiledDetectors;
  readonly #triggers: Triggers;
  readonly #rankEnd: number;
  /** Once there is a number, or what may be in a table. */
  #groups: DigitGroups | undefined;
  #tables: TableReader<CompiledDetector> | undefined;
  #runs: RunReader | undefined;
  /** The part that is read, and the next trigger in it. */
  #part: Uint32Array = NO_TRIGGERS;
  #place = 0;
  #at = 0;
  /** The next digit or sign of a group that may go on. */
  #groupAt = NO_GROUP;
  /** End of the last run that may be a cell. */
  #cellEnd = 0;
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
    this.#triggers = options.triggers;
    this.#rankEnd = options.rankEnd ?? Infinity;
  }

  /** Takes the next step; returns whether the end of the text is reached. */
  advance(): boolean {
    this.#runs?.follow(2 * STEP_CHARS);
    const { length } = this.#text;
    this.#at = this.#read(Math.min(length, this.#at + STEP_CHARS));
    this.#readGroup(this.#at);
    this.#tables?.advance(this.#at);
    if (this.#at < length) return false;
    this.#groups?.end();
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
    const { onlyDetectors, lengths, marks } = this.#triggers;
    const end = at + 1;
    const detector = onlyDetectors[trigger];
    if (detector) {
      this.#inspect(detector, end - (lengths[trigger] ?? 0), end);
      return;
    }
    const mark = marks[trigger];
    if (mark) this.#mark(mark, end - mark.length, end);
    else if (trigger === GROUP_TRIGGER) this.#beginGroup(at);
    else if (trigger === RUN_TRIGGER) this.#run(at);
    else if (trigger === CELL_TRIGGER) this.#cell(at);
    else if (trigger === CONFUSABLE_TRIGGER) this.#options.confusables?.add(at);
  }

  #beginGroup(at: number): void {
    this.#groupAt = at;
    this.#groups ??= new DigitGroups(this.#text, (start, end, digits) => {
      const { detectorsByDigits, detectorsByWholeDigits } = this.#compiled;
      const detectors = detectorsByDigits[digits];
      if (detectors) this.#offer(detectors, start, end);
      if (start === 0 && end === this.#text.length)
        this.#offer(detectorsByWholeDigits[digits] ?? [], start, end);
    });
  }

  /** The tables of the text, if they are read. */
  #openTables(): TableReader<CompiledDetector> | undefined {
    if (this.#options.hasTables !== true) return undefined;
    return (this.#tables ??= new TableReader(this.#text, this.#compiled.headings, (owner, cell) =>
      this.#addCell(owner, cell),
    ));
  }

  /** Reads the digits of the open group before `to`. */
  #readGroup(to: number): void {
    const text = this.#text;
    let at = this.#groupAt;
    while (at < to) {
      if ((kindAt(text, at) & DIGIT) !== 0) {
        const end = runEnd(text, at, DIGIT, to);
        this.#groups?.digits(at, end);
        at = end;
      } else if ((kindAt(text, at) & SEPARATOR) !== 0 && (kindAt(text, at + 1) & DIGIT) !== 0) {
        at += 1;
      } else {
        this.#groups?.end();
        at = NO_GROUP;
      }
    }
    this.#groupAt = at;
  }

  /** Offers a keyword or a character to the detectors whose neighbours are beside it. */
  #mark({ candidates, inTable }: Mark, start: number, end: number): void {
    if (inTable === 'heading') this.#openTables()?.word(start, end);
    else if (inTable === 'statement') this.#openTables()?.statement(start, end);
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
    const tables = this.#openTables();
    if (!tables || at < this.#cellEnd) return;
    const start = runStart(this.#text, at, LETTER | DIGIT, this.#cellEnd);
    this.#cellEnd = runEnd(this.#text, at, LETTER | DIGIT, runLimit(this.#text, at));
    tables.number(start, this.#cellEnd);
  }

  #run(at: number): void {
    const { findEncoded, isValue } = this.#options;
    this.#runs ??= new RunReader(
      this.#text,
      (start, end) => this.#offer(this.#compiled.detectorsByRun[end - start] ?? [], start, end),
      findEncoded && ((decoded) => findEncoded(decoded, isValue)),
      this.findings,
    );
    this.#runs.inspect(at);
  }

  #offer(detectors: readonly CompiledDetector[], start: number, end: number): void {
    for (const compiled of detectors) {
      const { family, rank } = compiled;
      if (rank >= this.#rankEnd) return;
      if (family) this.#offerFamily(family, start, end);
      else this.#inspect(compiled, start, end);
    }
  }

  #offerFamily({ gate, members, memberByPlace }: Family, start: number, end: number): void {
    const places = gate(this.#text, start, end, this);
    if (places === false) return;
    if (places === true) {
      for (const member of members) this.#inspect(member, start, end);
      return;
    }
    for (const place of places) {
      const member = memberByPlace[place];
      if (member) this.#inspect(member, start, end);
    }
  }

  #inspect(compiled: CompiledDetector, start: number, end: number): void {
    if (compiled.rank >= this.#rankEnd) return;
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
