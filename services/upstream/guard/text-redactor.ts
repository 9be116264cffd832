// Redacts text that arrives in pieces. The newest units are held back, as what they begin may go on
// in the next piece; what is found is replaced once it can grow no more. A value longer than the
// hold is found only as far as it was held: the hold bounds the delay, and with it what is seen.

import type { Finding } from '../../../shared/privacy/detect/detector.ts';
import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import { countFinding, type EntityCounts } from './response-rules.ts';

/** Units held back: longer than mail addresses, cards and IBANs, and than nearly all keys. */
export const HOLD_CHARS = 256;

/** Units in front that were sent on already, for detectors that need context. */
const CONTEXT_UNITS = 64;

export class TextRedactor {
  readonly #scanner: Scanner;
  readonly #counts: EntityCounts;
  #sent = '';
  #held = '';

  constructor(scanner: Scanner, counts: EntityCounts) {
    this.#scanner = scanner;
    this.#counts = counts;
  }

  /** Takes a piece of text; gives what can be sent on by now. */
  push(chunk: string): string {
    this.#held += chunk;
    const excess = this.#held.length - HOLD_CHARS;
    // Half a hold at a time, so that not every piece costs a scan of all that is held.
    return excess < HOLD_CHARS / 2 ? '' : this.#release(excess);
  }

  /** The text has ended: gives all that is left. */
  end(): string {
    return this.#release(this.#held.length);
  }

  #release(units: number): string {
    const before = this.#sent.length;
    const text = this.#sent + this.#held;
    const findings = this.#scanner.scan(text).filter(({ start }) => start >= before);
    const until = cutBefore(text, before + units, findings);
    let released = '';
    let from = before;
    for (const { start, end, detector } of findings) {
      if (end > until) break;
      countFinding(this.#counts, detector.entity);
      released += `${text.slice(from, start)}[REDACTED_${detector.entity}]`;
      from = end;
    }
    released += text.slice(from, until);
    this.#sent = text.slice(Math.max(0, until - CONTEXT_UNITS), until);
    this.#held = text.slice(until);
    return released;
  }
}

/** Where to cut at `until` at the latest, inside no finding and no surrogate pair. */
function cutBefore(text: string, until: number, findings: readonly Finding[]): number {
  if (until >= text.length) return text.length;
  const across = findings.find(({ start, end }) => start < until && end > until);
  if (across) return across.start;
  const unit = text.charCodeAt(until);
  return unit >= 0xdc00 && unit <= 0xdfff ? until - 1 : until;
}
