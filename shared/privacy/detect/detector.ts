// What a detector is: a trigger that leads to candidates cheaply, and a check that looks at one
// candidate closely. The scanner passes over the text once for all detectors together; a detector
// never searches the text itself, so no detector can make a scan super-linear.

/** `[start, end)` in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * What makes the scanner call `find`:
 * - `char`: each occurrence of one of the characters; start is its index, end the next.
 * - `word`: each occurrence of a keyword, in any letter case and anywhere, even inside a longer word;
 *   `[start, end)` is the keyword.
 * - `digits`: each maximal group of digits in which single separators (one of ` -./`) may stand
 *   between digits, when it has that many digits; and each part of a group that is likely a number of
 *   its own: between spaces and slashes, and blocks of four (`4111 1111 1111 1111 12/26` holds a
 *   card). `[start, end)` is the group or part.
 * - `run`: each maximal run of ASCII letters and digits that has both, of that length.
 */
export type Trigger =
  | { readonly kind: 'char'; readonly chars: string }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'digits'; readonly digitsMin: number; readonly digitsMax: number }
  | { readonly kind: 'run'; readonly lengthMin: number; readonly lengthMax: number };

export interface Detector {
  /** Standard name, as Presidio or Google DLP has it: `EMAIL_ADDRESS`. */
  readonly entity: string;
  /** Short name for placeholders, 2 to 12 capital letters: `EMAIL`. */
  readonly label: string;
  /** A and B are on by default (B needs context), C only when asked for. */
  readonly tier: 'A' | 'B' | 'C';
  /** Secrets are also looked for inside base64 and URL encoding. */
  readonly secret?: boolean;
  readonly triggers: readonly Trigger[];
  /**
   * Lower-case words of which one must stand near the value (64 units before, 32 after, in the same
   * text), alone or as part of an identifier such as `customer_ssn` or `taxId`. Checked by the
   * scanner after `find`.
   */
  readonly context?: readonly string[];
  /**
   * Looks at a candidate; returns what is to be protected, or undefined when this is not it. May
   * reach beyond the candidate on both sides. Must be a pure function of the text, look at a bounded
   * window (512 units each side unless it says otherwise and why), and use no regular expression
   * that can backtrack over it more than once.
   */
  readonly find: (text: string, start: number, end: number) => Range | undefined;
}

/** A range that a detector vouches for. */
export interface Finding extends Range {
  readonly detector: Detector;
}
