// Finds sensitive data in one text with the scanner and the optional remote recognizer, and caches it. The
// result depends only on the text; tenant rules and placeholders are applied later.

import { resolveOverlaps } from './detect/overlaps.ts';
import type { Finding } from './detect/detector.ts';
import type { Scanner } from './detect/scan.ts';
import type { ScanLimits } from '../limits.ts';
import type { TimeSlice } from '../runtime/time-slice.ts';
import { LruCache } from '../runtime/lru-cache.ts';
import { OffsetCursor } from '../json/offsets.ts';
import type { TextValue } from '../json/text-value.ts';
import type { Recognize } from './recognizer.ts';

/** A value found in a text. */
export interface TextFinding {
  /** Offsets within the JSON literal, including its opening quote. */
  readonly start: number;
  readonly end: number;
  /** Start within the decoded text. */
  readonly at: number;
  readonly value: string;
  readonly entity: string;
  /** Label of its placeholder, a function of the value alone. */
  readonly label: string;
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

export class TextFinder {
  readonly #options: TextFinderOptions;
  readonly #cache: LruCache<readonly TextFinding[]>;

  constructor(options: TextFinderOptions) {
    this.#options = options;
    this.#cache = new LruCache(options.limits.cacheEntriesMax);
  }

  get scanner(): Scanner {
    return this.#options.scanner;
  }

  /** Findings in a text; yields to the event loop when the time slice is used up. */
  async find(text: TextValue, timeSlice: TimeSlice): Promise<readonly TextFinding[]> {
    const { recognize, limits } = this.#options;
    const isCached = text.literal.length >= limits.cacheCharsMin || recognize !== undefined;
    if (!isCached) return await this.#scanText(text, timeSlice);
    await timeSlice.run(text.hash());
    const cached = this.#cache.get(text.key);
    if (cached) return cached;
    const findings = await this.#scanText(text, timeSlice);
    this.#cache.set(text.key, findings);
    return findings;
  }

  async #scanText(
    { literal, value }: TextValue,
    timeSlice: TimeSlice,
  ): Promise<readonly TextFinding[]> {
    const findings = await this.#detect(value, timeSlice);
    if (findings.length === 0) return NO_FINDINGS;
    return await timeSlice.run(this.#textFindings(literal, value, findings));
  }

  *#textFindings(
    literal: string,
    value: string,
    findings: readonly Finding[],
  ): Generator<void, TextFinding[]> {
    const cursor = new OffsetCursor(literal);
    const known = new Map<string, Pick<TextFinding, 'value' | 'label'>>();
    const found: TextFinding[] = [];
    for (const { start, end, detector } of findings) {
      const slice = value.slice(start, end);
      let named = known.get(slice);
      if (!named) {
        // A copy: a slice would keep the complete body alive while it is cached.
        const copy = Buffer.from(slice, 'utf16le').toString('utf16le');
        named = { value: copy, label: this.#options.scanner.labelOf(copy) };
        known.set(copy, named);
      }
      const { entity } = detector;
      const [from, to] = [cursor.rawOffset(start), cursor.rawOffset(end)];
      if (
        found.push({ start: from, end: to, at: start, entity, ...named }) % SLICE_FINDINGS ===
        0
      ) {
        yield;
      }
    }
    return found;
  }

  async #detect(value: string, timeSlice: TimeSlice): Promise<Finding[]> {
    const { scanner, recognize } = this.#options;
    const findings = await timeSlice.run(scanner.slices(value));
    if (!recognize || !(WORD.test(value) && SPACE.test(value))) return findings;
    const remote = await recognize(value, timeSlice.signal);
    // Findings with a valid checksum take precedence over probable ones.
    const certain = new Set(findings);
    return resolveOverlaps([...findings, ...remote], (finding) => (certain.has(finding) ? 0 : 1));
  }
}
