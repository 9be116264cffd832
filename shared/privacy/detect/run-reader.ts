// Inspects runs of letters and digits, and base64 around them. Resumable: the ends of runs that are too long for
// one step are found ahead of the scan.

import { decodeBase64Text, paddingEnd } from './base64-text.ts';
import { BASE64, CHAR_KINDS, DIGIT, LETTER, runEnd, runStart } from './char-kinds.ts';
import type { Detector, Finding } from './detector.ts';

/** Characters of a run that are searched at once. */
const RUN_STEP = 65_536;

/** The most that is read of a run from an offset on. */
export function runLimit(text: string, from: number): number {
  return Math.min(text.length, from + RUN_STEP);
}

export class RunReader {
  readonly #text: string;
  readonly #offer: (start: number, end: number) => void;
  readonly #findEncoded: ((decoded: string) => Finding | undefined) | undefined;
  readonly #findings: Finding[];
  /** Ends of the last inspected run of letters and digits, and of base64 characters. */
  #runEnd = 0;
  #base64End = 0;
  /** Whether these runs may go on, and the finding that covers the second one. */
  #isRunOpen = false;
  #isBase64Open = false;
  #base64Finding: { readonly start: number; end: number; readonly detector: Detector } | undefined;

  /**
   * @param offer receives each run with letters and digits
   * @param findEncoded returns the best secret found in decoded base64
   * @param findings receives base64 with a secret
   */
  constructor(
    text: string,
    offer: (start: number, end: number) => void,
    findEncoded: ((decoded: string) => Finding | undefined) | undefined,
    findings: Finding[],
  ) {
    this.#text = text;
    this.#offer = offer;
    this.#findEncoded = findEncoded;
    this.#findings = findings;
  }

  /** Inspects the runs around the first digit of a run. Called in text order. */
  inspect(at: number): void {
    if (at < this.#runEnd) return;
    const text = this.#text;
    const start = runStart(text, at, LETTER | DIGIT, this.#runEnd);
    const end = runEnd(text, at, LETTER | DIGIT, runLimit(text, at));
    this.#runEnd = end;
    // No detector wants runs of such a length.
    this.#isRunOpen = end - at === RUN_STEP;
    if (hasLetter(text, start, end)) this.#offer(start, end);
    if (at >= this.#base64End && this.#findEncoded) this.#base64(start, end, this.#findEncoded);
  }

  /** Runs with digits suffice: base64 of 18 bytes nearly always has one. */
  #base64(from: number, to: number, findEncoded: (decoded: string) => Finding | undefined): void {
    const start = runStart(this.#text, from, BASE64, this.#base64End);
    const end = runEnd(this.#text, to, BASE64, runLimit(this.#text, to));
    this.#base64End = end;
    this.#isBase64Open = end - to === RUN_STEP;
    this.#base64Finding = undefined;
    const decoded = decodeBase64Text(this.#text, start, end);
    const found = decoded === undefined ? undefined : findEncoded(decoded);
    if (!found) return;
    const { detector } = found;
    this.#base64Finding = { start, end: paddingEnd(this.#text, end), detector };
    this.#findings.push(this.#base64Finding);
  }

  /** Follows runs that are too long for one step by some characters, more than the scan goes on. */
  follow(length: number): void {
    const text = this.#text;
    if (this.#isRunOpen) {
      const limit = this.#runEnd + length;
      this.#runEnd = runEnd(text, this.#runEnd, LETTER | DIGIT, Math.min(text.length, limit));
      this.#isRunOpen = this.#runEnd === limit;
    }
    if (!this.#isBase64Open) return;
    const limit = this.#base64End + length;
    this.#base64End = runEnd(text, this.#base64End, BASE64, Math.min(text.length, limit));
    this.#isBase64Open = this.#base64End === limit;
    if (this.#base64Finding) this.#base64Finding.end = paddingEnd(text, this.#base64End);
  }
}

function hasLetter(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (((CHAR_KINDS[text.charCodeAt(at)] ?? 0) & LETTER) !== 0) return true;
  }
  return false;
}
