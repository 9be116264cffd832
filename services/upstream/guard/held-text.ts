// Buffers the text of one block until it is evaluated, and replaces the matches of redacting rules.

import { mergedRanges, redactionWord } from '../../../shared/policy/redaction.ts';
import type { TextEvaluation } from './response-guard.ts';

/** Characters evaluated between two yields: some milliseconds with many rules. */
const STEP_CHARS = 8_192;

export class HeldText {
  readonly #evaluation: TextEvaluation;
  /** Text received but not released; it starts at `#from`. */
  #held = '';
  #from = 0;

  constructor(evaluation: TextEvaluation) {
    this.#evaluation = evaluation;
  }

  /** Adds a chunk and returns the text that can be released. Throws `policy_blocked`. */
  push(chunk: string): string {
    this.#held += chunk;
    // Nothing more is known before the next window is complete.
    if (!this.#evaluation.push(chunk)) return '';
    return this.#release(this.#evaluation.evaluatedLength);
  }

  /** Like `push`, in steps. */
  *pushSteps(chunk: string): Generator<void, string> {
    let released = '';
    for (let at = 0; at < chunk.length; at += STEP_CHARS) {
      released += this.push(chunk.slice(at, at + STEP_CHARS));
      if (at + STEP_CHARS < chunk.length) yield;
    }
    return released;
  }

  /** Call when the text is complete. Returns the rest. Throws `policy_blocked`. */
  end(): string {
    this.#evaluation.end();
    return this.#release(Infinity);
  }

  #release(evaluatedLength: number): string {
    const total = this.#from + this.#held.length;
    const until = Math.min(evaluatedLength, total);
    let released = '';
    const open = this.#evaluation.redactionsAfter(this.#from);
    for (const { start, end, rule } of mergedRanges(open)) {
      // A range that starts earlier overlaps one that was already replaced.
      if (start >= this.#from) released += this.#take(start) + redactionWord(rule);
      // A match may extend beyond the evaluated text; all of it was received.
      this.#take(Math.min(end, total));
    }
    return released + this.#take(this.#splitsPair(until) ? until - 1 : until);
  }

  /** Whether a cut at `until` would split a surrogate pair. */
  #splitsPair(until: number): boolean {
    const code = this.#held.charCodeAt(until - this.#from);
    return code >= 0xdc00 && code <= 0xdfff;
  }

  /** Removes and returns held text up to `until`; empty if that was already released. */
  #take(until: number): string {
    const taken = this.#held.slice(0, Math.max(0, until - this.#from));
    this.#held = this.#held.slice(taken.length);
    this.#from += taken.length;
    return taken;
  }
}
