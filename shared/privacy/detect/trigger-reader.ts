// Reads where triggers are, as a scan kernel found them, in step with a pass over the text.

import { CONFUSABLE_TRIGGER, GROUP_TRIGGER } from '../../scan/program.ts';
import { DIGIT, kindAt, runEnd, SEPARATOR } from './char-kinds.ts';
import type { Mark } from './compiled-detectors.ts';

/** Positions and triggers in a text, in parts, and what the triggers of characters and keywords mean. */
export interface FoundTriggers {
  readonly parts: Iterator<Uint32Array, void>;
  readonly markByTrigger: readonly (Mark | undefined)[];
}

/** What a pass does at triggers. */
export interface TriggerHandlers {
  readonly digits: (start: number, end: number) => void;
  readonly confusable: (at: number) => void;
  readonly mark: (mark: Mark, start: number, end: number) => void;
}

const NO_GROUP = -1;

export class TriggerReader {
  readonly #text: string;
  readonly #triggers: FoundTriggers;
  readonly #handlers: TriggerHandlers;
  /** The part that is read, and the next trigger in it. */
  #part: Uint32Array = new Uint32Array();
  #place = 0;
  /** The next digit or sign of a group that may go on. */
  #groupAt = NO_GROUP;

  constructor(text: string, triggers: FoundTriggers, handlers: TriggerHandlers) {
    this.#text = text;
    this.#triggers = triggers;
    this.#handlers = handlers;
  }

  /** Reads the triggers before `end`. */
  advance(end: number): void {
    const { parts, markByTrigger } = this.#triggers;
    if (this.#groupAt !== NO_GROUP) this.#group(end);
    for (;;) {
      const part = this.#part;
      for (; this.#place < part.length; this.#place += 2) {
        const at = part[this.#place] ?? 0;
        if (at >= end) return;
        const trigger = part[this.#place + 1] ?? 0;
        const mark = markByTrigger[trigger];
        if (mark) this.#handlers.mark(mark, at + 1 - mark.length, at + 1);
        else if (trigger === CONFUSABLE_TRIGGER) this.#handlers.confusable(at);
        else if (trigger === GROUP_TRIGGER) {
          this.#groupAt = at;
          this.#group(end);
        }
      }
      const next = parts.next();
      if (next.done) return;
      this.#part = next.value;
      this.#place = 0;
    }
  }

  /** Reads the digits of the open group before `end`. */
  #group(end: number): void {
    const text = this.#text;
    let at = this.#groupAt;
    while (at < end) {
      if ((kindAt(text, at) & DIGIT) !== 0) {
        const to = runEnd(text, at, DIGIT, end);
        this.#handlers.digits(at, to);
        at = to;
      } else if ((kindAt(text, at) & SEPARATOR) !== 0 && (kindAt(text, at + 1) & DIGIT) !== 0) {
        at += 1;
      } else {
        this.#groupAt = NO_GROUP;
        return;
      }
    }
    this.#groupAt = at;
  }
}
