// Decides for the placeholders of one text, in their order, whether they may be restored. One before the
// end of a URL's host has to wait for the rest of it.

import type { UrlText } from './url-text.ts';

export interface Placed {
  readonly placeholder: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export class UrlPlaces {
  /** The text up to the last character that was read for good. */
  readonly #text: UrlText;
  readonly #decisions: (boolean | undefined)[] = [];
  /** How many placeholders have waited and are decided. */
  #waited = 0;
  readonly #waiting: number[] = [];
  readonly #starts: number[] = [];
  #from = 0;
  /** The text before the first placeholder that waits. */
  #before: UrlText | undefined;

  constructor(text: UrlText) {
    this.#text = text;
  }

  mayRestore(index: number): boolean {
    return this.#decisions[index] ?? false;
  }

  *add(raw: string, { placeholder, value, start, end }: Placed): Generator<void, void> {
    yield* this.#read(raw, start);
    const before = this.#isWaiting ? this.#before : this.#text.clone();
    const decision = this.#text.placeholder(placeholder, value);
    this.#before = before;
    if (decision === undefined) this.#waiting.push(this.#decisions.length);
    this.#decisions.push(decision);
    this.#starts.push(start);
    this.#from = end;
  }

  /** Reads to `end`; returns the position from which on the text must be held. */
  *finish(raw: string, end: number, isEnd: boolean): Generator<void, number> {
    yield* this.#read(raw, end);
    if (isEnd) this.#text.pause();
    this.#settle();
    if (!this.#isWaiting || !this.#before) return end;
    this.#text.become(this.#before);
    return this.#starts[this.#waiting[this.#waited] ?? 0] ?? end;
  }

  get #isWaiting(): boolean {
    return this.#waited < this.#waiting.length;
  }

  *#read(raw: string, to: number): Generator<void, void> {
    yield* this.#text.read(raw, this.#from, to);
    this.#from = Math.max(this.#from, to);
    this.#settle();
  }

  #settle(): void {
    for (const decision of this.#text.takeDecided()) {
      const index = this.#waiting[this.#waited];
      if (index !== undefined) this.#decisions[index] = decision;
      this.#waited += 1;
    }
  }
}
