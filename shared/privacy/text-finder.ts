// Finds sensitive data in one text with the scanner and the optional remote recognizer, and caches it. The
// result depends only on the text; tenant rules and placeholders are applied later.

import { resolveOverlaps } from './detect/overlaps.ts';
import type { Detector, Finding } from './detect/detector.ts';
import { UNNAMED_LABEL, type Scanner } from './detect/scan.ts';
import type { ScanLimits } from '../limits.ts';
import type { TimeSlice } from '../runtime/time-slice.ts';
import { LargeMap } from '../runtime/large-map.ts';
import { LruCache } from '../runtime/lru-cache.ts';
import { OffsetCursor } from '../json/offsets.ts';
import type { TextValue } from '../json/text-value.ts';
import type { Recognize } from './recognizer.ts';
import { isRemote } from './recognizer/entities.ts';

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

export interface TextFinderOptions {
  readonly scanner: Scanner;
  readonly recognize?: Recognize | undefined;
  readonly limits: ScanLimits;
}

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

export class TextFinder {
  readonly #options: TextFinderOptions;
  readonly #cache: LruCache<readonly TextFinding[]>;
  readonly #hasMeaningByName: LruCache<boolean>;
  /** What the recognizer found, which does not depend on the words before a text. */
  readonly #recognized: LruCache<readonly Finding[]>;

  constructor(options: TextFinderOptions) {
    this.#options = options;
    const { cacheEntriesMax, cachedFindingsMax: max } = options.limits;
    this.#cache = new LruCache(cacheEntriesMax, { max, of: ({ length }) => length });
    this.#recognized = new LruCache(cacheEntriesMax, { max, of: ({ length }) => length });
    this.#hasMeaningByName = new LruCache(cacheEntriesMax);
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
    const telling = this.#tellingName(name);
    if (text.isLong) await timeSlice.run(text.decode());
    if (!this.caches(text)) {
      return await this.#textFindings(text, await this.#scan(text, telling, timeSlice), timeSlice);
    }
    const key = await keyOf(text, telling, timeSlice);
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const own = await this.#scan(text, telling, timeSlice);
    const remote = await this.#recognize(text, timeSlice);
    const findings = await this.#textFindings(text, settled(own, remote), timeSlice);
    this.#cache.set(key, findings);
    return findings;
  }

  /** Whether the findings of a text are cached. */
  caches({ literal }: TextValue): boolean {
    const { recognize, limits } = this.#options;
    return literal.length >= limits.cacheCharsMin || recognize !== undefined;
  }

  /** The findings that `find` would not have to search for, or `undefined`. */
  async known(
    text: TextValue,
    timeSlice: TimeSlice,
    name?: string,
  ): Promise<readonly TextFinding[] | undefined> {
    if (!this.caches(text)) return undefined;
    return this.#cache.get(await keyOf(text, this.#tellingName(name), timeSlice));
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

  async #textFindings(
    text: TextValue,
    findings: readonly Finding[],
    timeSlice: TimeSlice,
  ): Promise<readonly TextFinding[]> {
    const [first] = findings;
    if (!first) return NO_FINDINGS;
    if (!text.isNumber) return await timeSlice.run(this.#located(text, findings));
    const { literal, value, unsigned } = text;
    const { entity } = first.detector;
    const label = this.#options.scanner.labelOf(unsigned);
    return [{ start: 0, end: literal.length, at: 0, value, entity, label }];
  }

  *#located(
    { literal, value }: TextValue,
    findings: readonly Finding[],
  ): Generator<void, TextFinding[]> {
    const cursor = new OffsetCursor(literal);
    const known = new LargeMap<Pick<TextFinding, 'value' | 'label'>>();
    const found: TextFinding[] = [];
    for (const { start, end, detector } of findings) {
      const slice = value.slice(start, end);
      let named = known.get(slice);
      if (!named) {
        // A copy: a slice would keep the complete body alive while it is cached.
        const copy = Buffer.from(slice, 'utf16le').toString('utf16le');
        named = { value: copy, label: this.#labelOf(copy, detector) };
        known.set(copy, named);
      }
      const { entity, isDistinctive } = detector;
      const isCommon = isDistinctive?.(named.value) === false;
      const [from, to] = [cursor.rawOffset(start), cursor.rawOffset(end)];
      const finding = { start: from, end: to, at: start, entity, ...named };
      found.push(isCommon ? { ...finding, isCommon } : finding);
      if (found.length % SLICE_FINDINGS === 0) yield;
    }
    return found;
  }

  #labelOf(value: string, detector: Detector): string {
    const known = isRemote(detector) && detector.label !== UNNAMED_LABEL;
    return this.#options.scanner.labelOf(value, known ? detector.label : undefined);
  }

  /** What the scanner finds in a text by itself, and together with its name. */
  async #scan(
    text: TextValue,
    name: string | undefined,
    timeSlice: TimeSlice,
  ): Promise<readonly Finding[]> {
    const { scanner } = this.#options;
    const { unsigned: value, isNumber } = text;
    const own = await timeSlice.run(scanner.slices(value));
    if (name === undefined || value.length > NAMED_LENGTH_MAX) return own;
    const before = isNumber ? `"${name}": ` : `"${name}": "`;
    // Too short to take long.
    const named = scanner
      .scan(`${before}${value}${isNumber ? '' : '"'}`)
      .map((finding) => moved(finding, -before.length))
      .filter(({ start, end }) => start >= 0 && end <= value.length);
    return settled(own, named);
  }

  /**
   * Asks the recognizer about all texts at the same time, as far as it allows, so that `find` need not
   * wait for one after another.
   */
  async recognizeAhead(texts: Iterable<TextValue>, timeSlice: TimeSlice): Promise<void> {
    if (!this.#options.recognize) return;
    const failure = new AbortController();
    const signal = AbortSignal.any([timeSlice.signal, failure.signal]);
    const asked = new Set<string>();
    const rest = texts[Symbol.iterator]();
    const work = async () => {
      const own = timeSlice.withSignal(signal);
      try {
        for (let next = rest.next(); !next.done; next = rest.next()) {
          if (own.isDue()) await own.take();
          const text = next.value;
          if (!isPhrase(text)) continue;
          await own.run(text.hash());
          if (asked.has(text.key)) continue;
          asked.add(text.key);
          await this.#recognize(text, own);
        }
      } catch (error) {
        failure.abort(error);
      }
    };
    await Promise.all(Array.from({ length: AHEAD_MAX }, work));
    if (failure.signal.aborted) throw failure.signal.reason;
  }

  async #recognize(text: TextValue, timeSlice: TimeSlice): Promise<readonly Finding[]> {
    const { recognize } = this.#options;
    if (!recognize || !isPhrase(text)) return [];
    const known = this.#recognized.get(text.key);
    if (known) return known;
    const found = await recognize(text.value, timeSlice);
    this.#recognized.set(text.key, found);
    return found;
  }
}

function isPhrase({ isNumber, value }: TextValue): boolean {
  if (isNumber || value.length > SHORT_CHARS) return !isNumber;
  return WORD.test(value) && (SPACE.test(value) || UNSPACED.test(value));
}

async function keyOf(
  text: TextValue,
  telling: string | undefined,
  timeSlice: TimeSlice,
): Promise<string> {
  await timeSlice.run(text.hash());
  return telling === undefined ? text.key : LruCache.keyOf(JSON.stringify([telling, text.key]));
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
