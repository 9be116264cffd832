// One pass over a text for all detectors. The loop leaves its fast path only at stop states.
// Resumable: a large text can be scanned in slices without changing the result.

import { decodeBase64Text, paddingEnd } from './base64-text.ts';
import type { Detector, Finding, Range } from './detector.ts';
import { DigitGroups } from './digit-groups.ts';
import type { Confusables } from './normalized-view.ts';
import { isInHarmlessFormat, isInPlaceholder } from './harmless-formats.ts';
import type { CompiledDetectors, CompiledDetector, Mark } from './compiled-detectors.ts';
import { TableReader } from './table-reader.ts';
import { HITS_MAX, SEARCH_LENGTH_MAX, STOP } from './keyword-index.ts';
import { TriggerReader, type FoundTriggers } from './trigger-reader.ts';
import { BASE64, DIGIT, LETTER, runEnd, runStart, CHAR_KINDS } from './char-kinds.ts';

export interface PassOptions {
  readonly compiledDetectors: CompiledDetectors;
  readonly text: string;
  /** The text is a single value: assume context and treat nothing as harmless. */
  readonly isValue: boolean;
  /** Whether to read the tables of the text. */
  readonly hasTables?: boolean;
  /** Receives characters that may be confusable. */
  readonly confusables?: Confusables;
  /** Returns the best secret found in decoded base64. */
  readonly findEncoded?: (decoded: string) => Finding | undefined;
  /** Where the triggers are; without it, the pass looks for them itself. */
  readonly triggers?: FoundTriggers | undefined;
}

export class Pass {
  readonly #options: PassOptions;
  readonly #text: string;
  readonly #compiled: CompiledDetectors;
  readonly #groups: DigitGroups;
  readonly #tables: TableReader<CompiledDetector> | undefined;
  readonly #reader: TriggerReader | undefined;
  #at = 0;
  #digitsEnd = 0;
  /** Ends of the last inspected run of letters and digits, and of base64 characters. */
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
    this.#compiled = options.compiledDetectors;
    if (options.hasTables === true) {
      this.#tables = new TableReader(options.text, this.#compiled.headings, (compiled, range) =>
        this.#addCell(compiled, range),
      );
    }
    if (options.triggers) {
      this.#reader = new TriggerReader(options.text, options.triggers, {
        digits: (start, end) => this.#digits(start, end),
        confusable: (at) => options.confusables?.check(at),
        mark: (mark, start, end) => this.#word(mark, start, end),
      });
    }
    const { detectorsByDigits, detectorsByWholeDigits } = options.compiledDetectors;
    this.#groups = new DigitGroups(options.text, (start, end, digits) => {
      const detectors = detectorsByDigits[digits];
      if (detectors) this.#offer(detectors, start, end);
      if (start === 0 && end === options.text.length)
        this.#offer(detectorsByWholeDigits[digits] ?? [], start, end);
    });
  }

  /** Scans the next `length` characters; returns whether the end of the text is reached. */
  advance(length: number): boolean {
    if (this.#isRunOpen || this.#isBase64Open) this.#followRuns(2 * length);
    const text = this.#text;
    const end = Math.min(text.length, this.#at + length);
    if (this.#reader) this.#reader.advance(end);
    else this.#search(end);
    this.#at = end;
    this.#tables?.advance(end);
    if (end < text.length) return false;
    this.#groups.end();
    return true;
  }

  #search(end: number): void {
    const hits = unusedHits.pop() ?? new Int32Array(HITS_MAX);
    while (this.#at < end) this.#window(Math.min(end, this.#at + SEARCH_LENGTH_MAX), hits);
    unusedHits.push(hits);
  }

  #window(end: number, hits: Int32Array): void {
    const start = this.#at;
    const count = this.#compiled.keywords.search(this.#text, start, end, hits);
    for (let each = 0; each < count; each += 2) {
      const at = start + (hits[each] ?? 0);
      const hit = hits[each + 1] ?? 0;
      if ((hit & STOP) !== 0) this.#stop(at, end);
      if (hit > STOP) this.#keywords(hit, at + 1);
    }
    this.#at = end;
  }

  #stop(at: number, windowEnd: number): void {
    if (at < this.#digitsEnd) return;
    const code = this.#text.charCodeAt(at);
    if (((CHAR_KINDS[code] ?? 0) & DIGIT) !== 0) {
      this.#digits(at, runEnd(this.#text, at, DIGIT, windowEnd));
      return;
    }
    if (code > 0x7f || code === PERCENT || code === BACKSLASH) this.#options.confusables?.check(at);
    const mark = this.#compiled.markByChar[code];
    if (mark) this.#mark(mark, at, at + 1);
  }

  #digits(start: number, end: number): void {
    this.#digitsEnd = end;
    this.#groups.digits(start, end);
    if (start >= this.#runEnd) this.#run(start);
  }

  #keywords(hit: number, end: number): void {
    for (const mark of this.#compiled.keywords.valuesOf(hit)) {
      this.#word(mark, end - mark.length, end);
    }
  }

  #word(mark: Mark, start: number, end: number): void {
    if (mark.inTable === 'heading') this.#tables?.word(start, end);
    else if (mark.inTable === 'statement') this.#tables?.statement(start, end);
    this.#mark(mark, start, end);
  }

  /** Offers a keyword or a character to the detectors whose neighbours are beside it. */
  #mark(mark: Mark, start: number, end: number): void {
    const { neighbours } = this.#compiled;
    const after = neighbours.after(this.#text, end);
    if ((after & mark.after) === 0) return;
    const before = neighbours.before(this.#text, start);
    if ((before & mark.before) === 0) return;
    for (const candidate of mark.candidates) {
      if ((after & candidate.after) !== 0 && (before & candidate.before) !== 0)
        this.#inspect(candidate.compiled, start, end);
    }
  }

  /** Inspects the runs around the first digit of a run; no detector wants runs without digits. */
  #run(at: number): void {
    const text = this.#text;
    const start = runStart(text, at, LETTER | DIGIT, this.#runEnd);
    const end = runEnd(text, this.#digitsEnd, LETTER | DIGIT, limitOf(text, at));
    this.#runEnd = end;
    this.#tables?.number(start, end);
    // No detector wants runs of such a length.
    this.#isRunOpen = end - at === RUN_STEP;
    const detectors = this.#compiled.detectorsByRun[end - start];
    if (
      detectors &&
      detectors.length > 0 &&
      hasLetter(text, start < at ? start : this.#digitsEnd, end)
    )
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
  #followRuns(length: number): void {
    const text = this.#text;
    if (this.#isRunOpen) {
      const limit = this.#runEnd + length;
      this.#runEnd = runEnd(text, this.#runEnd, LETTER | DIGIT, Math.min(text.length, limit));
      this.#isRunOpen = this.#runEnd === limit;
    }
    if (!this.#isBase64Open) return;
    const limit = this.#base64End + length;
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
    if (range !== undefined) this.#add(compiled, range);
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

/** Arrays that no pass uses; a pass over decoded text runs within another. */
const unusedHits: Int32Array[] = [];
/** Characters of a run that are searched at once. */
const RUN_STEP = 65_536;

function limitOf(text: string, from: number): number {
  return Math.min(text.length, from + RUN_STEP);
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;

function hasLetter(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (((CHAR_KINDS[text.charCodeAt(at)] ?? 0) & LETTER) !== 0) return true;
  }
  return false;
}
