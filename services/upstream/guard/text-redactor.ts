// Redacts streamed text. The last chars are held back, because a finding may continue in the next chunk.
// The hold bounds the delay; a longer value is detected only as far as it was held.

import type { Finding } from '../../../shared/privacy/detect/detector.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import { countFinding, type EntityCounts } from './response-rules.ts';

/** Chars held back: longer than email addresses, cards, IBANs and nearly all keys. */
export const HOLD_CHARS = 256;

/** Released chars kept as context for detectors. */
const CONTEXT_CHARS = 64;

export class TextRedactor {
  readonly #scanner: Scanner;
  readonly #counts: EntityCounts;
  #sent = '';
  #held = '';

  constructor(scanner: Scanner, counts: EntityCounts) {
    this.#scanner = scanner;
    this.#counts = counts;
  }

  /** Adds a chunk and returns the text that can be released. */
  push(chunk: string): string {
    return finished(this.pushSteps(chunk));
  }

  /** Redacts a complete text, in steps. */
  *whole(text: string): Generator<void, string> {
    return (yield* this.pushSteps(text)) + (yield* this.#release(this.#held.length));
  }

  /** Like `push`, in steps. */
  *pushSteps(chunk: string): Generator<void, string> {
    this.#held += chunk;
    const excess = this.#held.length - HOLD_CHARS;
    // Release half a hold at a time, so that not every chunk rescans all held text.
    return excess < HOLD_CHARS / 2 ? '' : yield* this.#release(excess);
  }

  /** Call when the text is complete. Returns the rest. */
  end(): string {
    return finished(this.#release(this.#held.length));
  }

  *#release(length: number): Generator<void, string> {
    const before = this.#sent.length;
    const text = this.#sent + this.#held;
    const found = yield* this.#scanner.slices(text);
    const findings = found.filter(({ start }) => start >= before);
    const until = cutBefore(text, before + length, findings);
    let released = '';
    let from = before;
    for (const { start, end, detector } of findings) {
      if (end > until) break;
      countFinding(this.#counts, detector.entity);
      released += `${text.slice(from, start)}[REDACTED_${detector.entity}]`;
      from = end;
    }
    released += text.slice(from, until);
    this.#sent = text.slice(Math.max(0, until - CONTEXT_CHARS), until);
    this.#held = text.slice(until);
    return released;
  }
}

/** The last position up to `until` that splits no finding and no surrogate pair. */
function cutBefore(text: string, until: number, findings: readonly Finding[]): number {
  if (until >= text.length) return text.length;
  const across = findings.find(({ start, end }) => start < until && end > until);
  if (across) return across.start;
  const code = text.charCodeAt(until);
  return code >= 0xdc00 && code <= 0xdfff ? until - 1 : until;
}
