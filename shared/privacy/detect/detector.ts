// A detector has triggers, which find candidates cheaply, and a check that inspects one candidate.
// The scanner passes over the text once for all detectors. A detector never searches the text
// itself, so it cannot make a scan super-linear.

import type { Neighbours } from './neighbours.ts';

/** `[start, end)` in UTF-16 code units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * When the scanner calls `find`, with the match as `[start, end)`:
 * - `char`: at each occurrence of one of the characters.
 * - `word`: at each occurrence of a keyword, in any letter case, even inside a longer word.
 * - `digits`: at each maximal group of digits, with single separators (one of ` -./`) between them,
 *   that has the given number of digits. Also at parts of a group that are likely separate numbers:
 *   between spaces and slashes, and blocks of four (`4111 1111 1111 1111 12/26` holds a card).
 * - `run`: at each maximal run of ASCII letters and digits that has both and the given length.
 * Characters and words may say what must be beside them, where `find` would return nothing otherwise.
 */
export type Trigger =
  | ({ readonly kind: 'char'; readonly chars: string } & Neighbours)
  | ({ readonly kind: 'word'; readonly words: readonly string[] } & Neighbours)
  | {
      readonly kind: 'digits';
      readonly digitsMin: number;
      readonly digitsMax: number;
      /** Only a group that is the whole text. */
      readonly isWhole?: true;
      /** The fewest digits of a group without separators, unless it follows a letter and a separator. */
      readonly loneMin?: number;
    }
  | { readonly kind: 'run'; readonly lengthMin: number; readonly lengthMax: number };

/** Kinds of data that the rules turn on and off by levels. */
export const TOPICS = ['names', 'addresses', 'dates_of_birth', 'user_names'] as const;
export type Topic = (typeof TOPICS)[number];

/** Tells whether a cell of a table holds a value to protect. */
export type CellTest = (cell: string) => boolean;

export interface Column {
  /** Words in headings that make the scanner look for a table; numbers in its cells do so as well. */
  readonly words: readonly string[];
  /** Returns the test for the cells below a heading, or undefined if it names no such value. */
  readonly testOf: (heading: string, headings: readonly string[]) => CellTest | undefined;
}

export interface Detector {
  /** Entity name as Presidio or Google DLP define it: `EMAIL_ADDRESS`. */
  readonly entity: string;
  /** Short name in placeholders, 2 to 12 capital letters: `EMAIL`. */
  readonly label: string;
  /** A and B are on by default (B needs context); C is opt-in. */
  readonly tier: 'A' | 'B' | 'C';
  /** Secrets are also detected inside base64 and URL encoding. */
  readonly secret?: boolean;
  /** The setting in the rules whose level turns the detector on: tier C only at the level `likely`. */
  readonly topic?: Topic;
  /** Whether a value by itself looks like one of this kind, so that its placeholder may say so. */
  readonly resembles?: (value: string) => boolean;
  /** Whether a value is distinctive enough to be replaced wherever it recurs; true by default. */
  readonly isDistinctive?: (value: string) => boolean;
  /** The text around a value proves it, so it may be a hash or a UUID. True for secrets after a word. */
  readonly isSure?: boolean;
  readonly triggers: readonly Trigger[];
  /**
   * Lower-case words; one must be near the value (64 characters before, 32 after), alone or as part
   * of an identifier such as `customer_ssn` or `taxId`. The scanner checks this after `find`.
   */
  readonly context?: readonly string[];
  /**
   * Whether a candidate can be one of a family of detectors with the same gate, which the scanner asks
   * once for all of them; or the places in the family of those that it can be. Only for `digits` and `run`
   * triggers.
   */
  readonly gate?: (
    text: string,
    start: number,
    end: number,
    scan: object,
  ) => boolean | readonly number[];
  /** Its place in the family. */
  readonly place?: number;
  /** Words that `find` itself looks for beside a value, so that such a name gives a value a meaning. */
  readonly names?: readonly string[];
  /**
   * Returns the range to protect, or undefined. May extend beyond the candidate `[start, end)` on
   * both sides. Must be a pure function of the text, inspect a bounded window (512 characters on
   * each side unless it documents otherwise and why) and use no regular expression that can
   * backtrack over it more than once. `scan` stands for one scan of one text, under which a detector
   * may remember what it has read; this must not change the result.
   */
  readonly find: (text: string, start: number, end: number, scan?: object) => Range | undefined;
  /** The next value of a list after one that ends at `end`: `Attendees: Anna Koch, Max Weber`. Bounded and pure as `find`. */
  readonly next?: (text: string, end: number) => Range | undefined;
  /** Values that the heading of their column in a table identifies. */
  readonly column?: Column;
}

export interface Finding extends Range {
  readonly detector: Detector;
}
