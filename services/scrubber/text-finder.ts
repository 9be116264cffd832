// Finds sensitive data in one text with the scanner and the optional remote recognizer, and caches it. The
// result depends only on the text; tenant rules and placeholders are applied later.

import { settleOverlaps } from '../../shared/privacy/detect/overlaps.ts';
import type { Finding } from '../../shared/privacy/detect/detector.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import type { Limits } from '../../shared/limits.ts';
import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { TextValue } from '../../shared/json/string-value.ts';
import type { Recognize } from '../../shared/privacy/recognizer.ts';

/** A value found in a text. */
export interface Find {
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

export const NOTHING: readonly Find[] = Object.freeze([]);

export interface TextFinderOptions {
  readonly scanner: Scanner;
  readonly recognize?: Recognize | undefined;
  readonly limits: Pick<Limits, 'scanCacheEntriesMax' | 'scanCacheCharsMin'>;
}

/** Names and addresses come in phrases; single identifiers are not worth a remote call. */
const WORDS = /\p{L}{2}.*\s|\s.*\p{L}{2}/su;

export class TextFinder {
  readonly #options: TextFinderOptions;
  readonly #cache: LruCache<readonly Find[]>;

  constructor(options: TextFinderOptions) {
    this.#options = options;
    this.#cache = new LruCache(options.limits.scanCacheEntriesMax);
  }

  get scanner(): Scanner {
    return this.#options.scanner;
  }

  /** Findings in a text; yields to the event loop when the time slice is used up. */
  async find(text: TextValue, timeSlice: TimeSlice): Promise<readonly Find[]> {
    const { recognize, limits } = this.#options;
    const isKept = text.literal.length >= limits.scanCacheCharsMin || recognize !== undefined;
    if (!isKept) return await this.#look(text, timeSlice);
    const known = this.#cache.get(text.key);
    if (known) return known;
    const finds = await this.#look(text, timeSlice);
    this.#cache.set(text.key, finds);
    return finds;
  }

  async #look({ literal, value }: TextValue, timeSlice: TimeSlice): Promise<readonly Find[]> {
    const findings = await this.#findings(value, timeSlice);
    if (findings.length === 0) return NOTHING;
    const places = findings.flatMap(({ start, end }) => [start, end]);
    const raw = rawOffsets(literal, places);
    return findings.map(({ start, end, detector }, index) => {
      // A copy: a slice would keep the complete body alive while it is cached.
      const found = Buffer.from(value.slice(start, end), 'utf16le').toString('utf16le');
      return {
        start: raw[2 * index] ?? 0,
        end: raw[2 * index + 1] ?? 0,
        at: start,
        value: found,
        entity: detector.entity,
        label: this.#options.scanner.labelOf(found),
      };
    });
  }

  async #findings(value: string, timeSlice: TimeSlice): Promise<Finding[]> {
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
    return settleOverlaps([...step.value, ...remote], (finding) => (certain.has(finding) ? 0 : 1));
  }
}
