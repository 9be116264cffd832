// Finds sensitive data in one text with the scanner and the optional remote recognizer, and caches it. The
// result depends only on the text; tenant rules and placeholders are applied later.

import { resolveOverlaps } from './detect/overlaps.ts';
import type { Finding } from './detect/detector.ts';
import type { Scanner } from './detect/scan.ts';
import type { ScanLimits } from '../limits.ts';
import type { TimeSlice } from '../runtime/time-slice.ts';
import { LruCache } from '../runtime/lru-cache.ts';
import { rawOffsets } from '../json/offsets.ts';
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

/** Names and addresses come in phrases; single identifiers are not worth a remote call. */
const WORDS = /\p{L}{2}.*\s|\s.*\p{L}{2}/su;

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
    const offsets = findings.flatMap(({ start, end }) => [start, end]);
    const raw = rawOffsets(literal, offsets);
    return findings.map(({ start, end, detector }, index) => {
      // A copy: a slice would keep the complete body alive while it is cached.
      const text = Buffer.from(value.slice(start, end), 'utf16le').toString('utf16le');
      return {
        start: raw[2 * index] ?? 0,
        end: raw[2 * index + 1] ?? 0,
        at: start,
        value: text,
        entity: detector.entity,
        label: this.#options.scanner.labelOf(text),
      };
    });
  }

  async #detect(value: string, timeSlice: TimeSlice): Promise<Finding[]> {
    const { scanner, recognize } = this.#options;
    const steps = scanner.slices(value);
    let step = steps.next();
    while (!step.done) {
      if (timeSlice.isDue()) await timeSlice.take();
      step = steps.next();
    }
    if (!recognize || !WORDS.test(value)) return step.value;
    const remote = await recognize(value, timeSlice.signal);
    // Findings with a valid checksum take precedence over probable ones.
    const certain = new Set(step.value);
    return resolveOverlaps([...step.value, ...remote], (finding) => (certain.has(finding) ? 0 : 1));
  }
}
