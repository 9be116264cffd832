// Finds sensitive data in one text with the scanner and the optional remote recognizer, and remembers it. The
// result depends only on the text; tenant rules and placeholders are applied later.

import { resolveOverlaps } from './detect/overlaps.ts';
import type { Detector, Finding } from './detect/detector.ts';
import { UNNAMED_LABEL, type Scanner } from './detect/scan.ts';
import type { ScanLimits } from '../limits.ts';
import type { TimeSlice } from '../runtime/time-slice.ts';
import { LargeMap } from '../runtime/large-map.ts';
import { FactTable, type Facts } from '../runtime/fact-table.ts';
import { LruCache } from '../runtime/lru-cache.ts';
import type { TextValue } from '../json/text-value.ts';
import type { Recognize } from './recognizer.ts';
import { isRemote } from './recognizer/entities.ts';
import { NO_FINDINGS, placed, QUOTE, type TextFinding } from './text-finding.ts';

export { NO_FINDINGS, type TextFinding } from './text-finding.ts';

export interface TextFinderOptions {
  readonly scanner: Scanner;
  readonly recognize?: Recognize | undefined;
  readonly limits: ScanLimits;
  /** Remembers what was found in texts; one of its own by default. */
  readonly facts?: FactTable;
}

/** What the recognizer found, by the key of the text. */
export type Recognized = ReadonlyMap<string, readonly Finding[]>;

/** Findings handled between two yields: about a millisecond, as new values are labelled. */
const SLICE_FINDINGS = 64;

/** Names and addresses come in phrases; single identifiers are not worth a remote call. */
const WORD = /\p{L}{2}/u;
const SPACE = /\s/;
/** In longer texts the recognizer looks for words itself, in steps. */
const SHORT_CHARS = 4_096;
/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]{3}/u;

/** Texts that are prepared for the recognizer at the same time; its rules bound the calls. */
const AHEAD_MAX = 16;

/** The name of a longer text says nothing about the values in it. */
const NAMED_LENGTH_MAX = 256;

/** Names of values that are known to be telling or not. */
const NAMES_MAX = 100_000;

const LATIN_MAX = 0xff;

/** What a finding takes without the characters of its value. */
const FINDING_BYTES = 160;

const NOT_RECOGNIZED: Recognized = new Map();
const NOTHING: readonly Finding[] = Object.freeze([]);

export class TextFinder {
  readonly #options: TextFinderOptions;
  /** Findings with their places in a literal without escapes. */
  readonly #found: Facts<readonly TextFinding[]>;
  readonly #hasMeaningByName = new LruCache<boolean>(NAMES_MAX);
  /** What the recognizer found, which does not depend on the words before a text. */
  readonly #recognized: Facts<readonly Finding[]>;

  constructor(options: TextFinderOptions) {
    this.#options = options;
    const { limits, facts = new FactTable(limits.factBytesMax) } = options;
    this.#found = facts.kind((findings) =>
      findings.reduce((bytes, { value }) => bytes + FINDING_BYTES + 2 * value.length, 0),
    );
    this.#recognized = facts.kind(({ length }) => FINDING_BYTES * length);
  }

  get scanner(): Scanner {
    return this.#options.scanner;
  }

  /**
   * Findings in a text; yields to the event loop when the time slice is used up.
   * @param name the name of the text, such as its key, which may give it a meaning
   */
  async find(
    text: TextValue,
    timeSlice: TimeSlice,
    name?: string,
  ): Promise<readonly TextFinding[]> {
    const recognized = await this.recognizeAhead([text], timeSlice);
    return await timeSlice.run(this.findSteps(text, name, recognized));
  }

  /** Like `find`, of a text that the recognizer was asked about. */
  *findSteps(
    text: TextValue,
    name: string | undefined,
    recognized = NOT_RECOGNIZED,
  ): Generator<void, readonly TextFinding[]> {
    const telling = this.#tellingName(name);
    if (telling === undefined && this.#isHarmless(text)) return NO_FINDINGS;
    const isRemembered = this.#remembers(text);
    if (isRemembered && text.isLong) yield* text.hash();
    const key = isRemembered ? keyOf(text, telling) : '';
    const known = isRemembered ? this.#found.get(key) : undefined;
    if (known) return yield* placed(text, known);
    if (text.isLong) yield* text.decode();
    const own = yield* this.#scan(text, telling);
    const remote = recognized.size === 0 ? NOTHING : (recognized.get(text.key) ?? NOTHING);
    const findings = yield* this.#textFindings(text, settled(own, remote));
    if (isRemembered) this.#found.set(key, findings);
    return yield* placed(text, findings);
  }

  /** How many findings need no search; `undefined` if the text must be searched. */
  *countKnown(text: TextValue, name: string | undefined): Generator<void, number | undefined> {
    const telling = this.#tellingName(name);
    if (telling === undefined && this.#isHarmless(text)) return 0;
    if (!this.#remembers(text)) return undefined;
    if (text.isLong) yield* text.hash();
    return this.#found.get(keyOf(text, telling))?.length;
  }

  /** Whether the kernel has seen that no detector finds anything. */
  #isHarmless(text: TextValue): boolean {
    const { scanner, recognize } = this.#options;
    if (recognize || !scanner.kernel) return false;
    const candidates = text.candidates(scanner.kernel);
    return candidates !== undefined && !scanner.mayFind(candidates);
  }

  /** Whether the findings of a text are remembered. */
  #remembers({ literal }: TextValue): boolean {
    const { recognize, limits } = this.#options;
    return literal.length >= limits.cacheCharsMin || recognize !== undefined;
  }

  #tellingName(name: string | undefined): string | undefined {
    return name !== undefined && this.#isTelling(name) ? name : undefined;
  }

  #isTelling(name: string): boolean {
    const known = this.#hasMeaningByName.get(name);
    if (known !== undefined) return known;
    const isTelling = this.#options.scanner.isTelling(name);
    this.#hasMeaningByName.set(name, isTelling);
    return isTelling;
  }

  *#textFindings(
    text: TextValue,
    findings: readonly Finding[],
  ): Generator<void, readonly TextFinding[]> {
    const [first] = findings;
    if (!first) return NO_FINDINGS;
    if (!text.isNumber) return yield* this.#located(text, findings);
    const { literal, value, unsigned } = text;
    const { entity } = first.detector;
    const label = this.#options.scanner.labelOf(unsigned);
    return [{ start: 0, end: literal.length, at: 0, value, entity, label }];
  }

  *#located({ value }: TextValue, findings: readonly Finding[]): Generator<void, TextFinding[]> {
    const known = new LargeMap<Pick<TextFinding, 'value' | 'label'>>();
    const found: TextFinding[] = [];
    for (const { start, end, detector } of findings) {
      const slice = value.slice(start, end);
      let named = known.get(slice);
      if (!named) {
        // A slice would keep the complete body alive while it is remembered.
        const copy = copyOf(slice);
        named = { value: copy, label: this.#labelOf(copy, detector) };
        known.set(copy, named);
      }
      const { entity, isDistinctive } = detector;
      const isCommon = isDistinctive?.(named.value) === false;
      const finding = { start: QUOTE + start, end: QUOTE + end, at: start, entity, ...named };
      found.push(isCommon ? { ...finding, isCommon } : finding);
      if (found.length % SLICE_FINDINGS === 0) yield;
    }
    return found;
  }

  #labelOf(value: string, detector: Detector): string {
    const known = isRemote(detector) && detector.label !== UNNAMED_LABEL;
    return this.#options.scanner.labelOf(value, known ? detector.label : undefined, detector);
  }

  /** What the scanner finds in a text by itself, and together with its name. */
  *#scan(text: TextValue, name: string | undefined): Generator<void, readonly Finding[]> {
    const { scanner } = this.#options;
    const { unsigned: value, isNumber } = text;
    const candidates = scanner.kernel && text.candidates(scanner.kernel);
    const own = yield* scanner.slices(value, candidates);
    if (name === undefined || value.length > NAMED_LENGTH_MAX) return own;
    const before = isNumber ? `"${name}": ` : `"${name}": "`;
    // Too short to take long.
    const named = scanner
      .scan(`${before}${value}${isNumber ? '' : '"'}`)
      .map((finding) => moved(finding, -before.length))
      .filter(({ start, end }) => start >= 0 && end <= value.length);
    return settled(own, named);
  }

  /** Asks the recognizer about all texts at the same time, as far as it allows. */
  async recognizeAhead(texts: Iterable<TextValue>, timeSlice: TimeSlice): Promise<Recognized> {
    const { recognize } = this.#options;
    if (!recognize) return NOT_RECOGNIZED;
    const failure = new AbortController();
    const signal = AbortSignal.any([timeSlice.signal, failure.signal]);
    const found = new Map<string, readonly Finding[]>();
    const rest = texts[Symbol.iterator]();
    const work = async () => {
      const own = timeSlice.withSignal(signal);
      try {
        for (let next = rest.next(); !next.done; next = rest.next()) {
          if (own.isDue()) await own.take();
          const text = next.value;
          if (!isPhrase(text)) continue;
          await own.run(text.hash());
          if (found.has(text.key)) continue;
          found.set(text.key, NOTHING);
          found.set(text.key, await this.#recognize(recognize, text, own));
        }
      } catch (error) {
        failure.abort(error);
      }
    };
    await Promise.all(Array.from({ length: AHEAD_MAX }, work));
    if (failure.signal.aborted) throw failure.signal.reason;
    return found;
  }

  async #recognize(
    recognize: Recognize,
    text: TextValue,
    timeSlice: TimeSlice,
  ): Promise<readonly Finding[]> {
    const known = this.#recognized.get(text.key);
    if (known) return known;
    const found = await recognize(text.value, timeSlice);
    this.#recognized.set(text.key, found);
    return found;
  }
}

/** What is copied, one text after another. */
const COPIED = Buffer.alloc(1_024);

/** A copy of a text that may be a part of another one; with one byte per character where they suffice. */
function copyOf(text: string): string {
  if (text.length <= COPIED.length && isLatin(text))
    return COPIED.toString('latin1', 0, COPIED.write(text, 'latin1'));
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

function isLatin(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > LATIN_MAX) return false;
  return true;
}

function isPhrase({ isNumber, value }: TextValue): boolean {
  if (isNumber || value.length > SHORT_CHARS) return !isNumber;
  return WORD.test(value) && (SPACE.test(value) || UNSPACED.test(value));
}

function keyOf({ key }: TextValue, telling: string | undefined): string {
  return telling === undefined ? key : `${key}\0${telling}`;
}

/** Findings with a valid checksum take precedence over probable ones. */
function settled(certain: readonly Finding[], probable: readonly Finding[]): readonly Finding[] {
  if (probable.length === 0) return certain;
  const isCertain = new Set(certain);
  return resolveOverlaps([...certain, ...probable], (finding) => (isCertain.has(finding) ? 0 : 1));
}

function moved({ start, end, detector }: Finding, by: number): Finding {
  return { start: start + by, end: end + by, detector };
}
