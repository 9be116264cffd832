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
  /** Offsets within the JSON literal, including its opening quote. A number is found as a whole. */
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

/** In longer texts, what stands before them says nothing about the values in them. */
const NAMED_LENGTH_MAX = 256;

export class TextFinder {
  readonly #options: TextFinderOptions;
  readonly #cache: LruCache<readonly TextFinding[]>;
  readonly #tellingByName: LruCache<boolean>;
  /** What the recognizer found, which does not depend on the words before a text. */
  readonly #recognized: LruCache<readonly Finding[]>;

  constructor(options: TextFinderOptions) {
    this.#options = options;
    this.#cache = new LruCache(options.limits.cacheEntriesMax);
    this.#recognized = new LruCache(options.limits.cacheEntriesMax);
    this.#tellingByName = new LruCache(options.limits.cacheEntriesMax);
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
    const { recognize, limits } = this.#options;
    const telling = name !== undefined && this.#isTelling(name) ? name : undefined;
    const isCached = text.literal.length >= limits.cacheCharsMin || recognize !== undefined;
    if (!isCached) return this.#textFindings(text, await this.#scan(text, telling, timeSlice));
    const key =
      telling === undefined ? text.key : LruCache.keyOf(JSON.stringify([telling, text.key]));
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const own = await this.#scan(text, telling, timeSlice);
    const remote = await this.#recognize(text, timeSlice);
    const findings = this.#textFindings(text, settled(own, remote));
    this.#cache.set(key, findings);
    return findings;
  }

  #isTelling(name: string): boolean {
    const known = this.#tellingByName.get(name);
    if (known !== undefined) return known;
    const isTelling = this.#options.scanner.isTelling(name);
    this.#tellingByName.set(name, isTelling);
    return isTelling;
  }

  #textFindings(text: TextValue, findings: readonly Finding[]): readonly TextFinding[] {
    const [first] = findings;
    if (!first) return NO_FINDINGS;
    const { literal, value } = text;
    const { scanner } = this.#options;
    if (text.isNumber) {
      const { entity } = first.detector;
      const label = scanner.labelOf(text.unsigned);
      return [{ start: 0, end: literal.length, at: 0, value, entity, label }];
    }
    const offsets = findings.flatMap(({ start, end }) => [start, end]);
    const raw = rawOffsets(literal, offsets);
    return findings.map(({ start, end, detector }, index) => {
      // A copy: a slice would keep the complete body alive while it is cached.
      const found = Buffer.from(value.slice(start, end), 'utf16le').toString('utf16le');
      return {
        start: raw[2 * index] ?? 0,
        end: raw[2 * index + 1] ?? 0,
        at: start,
        value: found,
        entity: detector.entity,
        label: scanner.labelOf(found),
      };
    });
  }

  /** What the scanner finds in a text by itself, and together with its name. */
  async #scan(
    text: TextValue,
    name: string | undefined,
    timeSlice: TimeSlice,
  ): Promise<readonly Finding[]> {
    const { scanner } = this.#options;
    const { unsigned: value, isNumber } = text;
    const steps = scanner.slices(value);
    let step = steps.next();
    while (!step.done) {
      if (timeSlice.isDue()) await timeSlice.take();
      step = steps.next();
    }
    if (name === undefined || value.length > NAMED_LENGTH_MAX) return step.value;
    const before = isNumber ? `"${name}": ` : `"${name}": "`;
    // Too short to take long.
    const named = scanner
      .scan(`${before}${value}${isNumber ? '' : '"'}`)
      .map((finding) => moved(finding, -before.length))
      .filter(({ start, end }) => start >= 0 && end <= value.length);
    return settled(step.value, named);
  }

  async #recognize(text: TextValue, timeSlice: TimeSlice): Promise<readonly Finding[]> {
    const { recognize } = this.#options;
    if (!recognize || text.isNumber || !WORDS.test(text.value)) return [];
    const known = this.#recognized.get(text.key);
    if (known) return known;
    const found = await recognize(text.value, timeSlice.signal);
    this.#recognized.set(text.key, found);
    return found;
  }
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
