// The text of one block on its way through the guard: what is judged goes on, with redacting rules'
// matches replaced; the rest waits.

import { mergedRanges, redactionWord } from '../../../shared/policy/redaction.ts';
import type { Reading } from './response-guard.ts';

export class HeldText {
  readonly #reading: Reading;
  /** What has come and has not gone on, from `#from` on. */
  #held = '';
  #from = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Takes a piece, gives what can go on by now. Throws `policy_blocked`. */
  push(chunk: string): string {
    this.#held += chunk;
    this.#reading.push(chunk);
    return this.#release(this.#reading.known);
  }

  /** The text is complete: gives the rest. Throws `policy_blocked`. */
  end(): string {
    this.#reading.end();
    return this.#release(Infinity);
  }

  #release(known: number): string {
    const total = this.#from + this.#held.length;
    const until = Math.min(known, total);
    let released = '';
    const open = this.#reading.redactions.filter(({ end }) => end > this.#from);
    for (const { start, end, rule } of mergedRanges(open)) {
      // Otherwise it overlaps one whose word is written already.
      if (start >= this.#from) released += this.#take(start) + redactionWord(rule);
      // A match may be longer than what is known; all of it has come.
      this.#take(Math.min(end, total));
    }
    return released + this.#take(this.#splitsPair(until) ? until - 1 : until);
  }

  /** Whether a surrogate pair would be torn apart. */
  #splitsPair(until: number): boolean {
    const unit = this.#held.charCodeAt(until - this.#from);
    return unit >= 0xdc00 && unit <= 0xdfff;
  }

  /** Takes what is held up to a place; nothing where that is gone already. */
  #take(until: number): string {
    const taken = this.#held.slice(0, Math.max(0, until - this.#from));
    this.#held = this.#held.slice(taken.length);
    this.#from += taken.length;
    return taken;
  }
}
