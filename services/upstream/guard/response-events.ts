// Watches the text blocks of an event stream for personal data, and redacts it where the rules say
// so. Only text is touched: what a model thinks is signed, and a tool's input redacted would be
// another call than the one it meant; both are reported.

import {
  property,
  splice,
  stringAt,
  stringLiteral,
  textProperty,
} from '../../../shared/json/edit.ts';
import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import { eventName } from '../../../shared/anthropic/sse/event-splitter.ts';
import { CLOSING_EVENTS } from '../../../shared/anthropic/sse/closing-events.ts';
import { countFinding, type ResponseAction, type Counts } from './response-rules.ts';
import { blockIndex, eventJson, textEvent } from './event-json.ts';
import { TextRedactor } from './text-redactor.ts';

/** Text of one block that is only counted is looked at up to this length. */
const REPORTED_UNITS_MAX = 1024 * 1024;

/** The member of each delta that brings text. */
const TEXT_KEY: Readonly<Record<string, string>> = {
  text_delta: 'text',
  input_json_delta: 'partial_json',
};

export class ResponseEvents {
  readonly counts: Counts = {};
  readonly #scanner: Scanner;
  readonly #action: ResponseAction;
  readonly #redactorByIndex = new Map<string, TextRedactor>();
  readonly #textByIndex = new Map<string, string>();

  constructor(scanner: Scanner, action: ResponseAction) {
    this.#scanner = scanner;
    this.#action = action;
  }

  /** What is to be sent on for one event: itself, nothing, or others. */
  event(event: Uint8Array): Uint8Array[] {
    const name = eventName(event);
    if (name === 'content_block_delta') return this.#delta(event);
    if (name === 'content_block_stop') return [...this.#stop(event), event];
    return CLOSING_EVENTS.has(name) ? [...this.stopAll(), event] : [event];
  }

  #delta(event: Uint8Array): Uint8Array[] {
    const data = eventJson(event);
    const delta = data && property(data.root, data.json, 'delta');
    const type = delta && textProperty(delta, data.json, 'type');
    const key = TEXT_KEY[type ?? ''];
    const span = delta && key !== undefined ? property(delta, data.json, key) : undefined;
    if (!data || span?.kind !== 'string') return [event];
    const index = blockIndex(data);
    const text = stringAt(data.json, span);
    if (type !== 'text_delta' || this.#action !== 'redact') {
      const known = this.#textByIndex.get(index) ?? '';
      if (known.length < REPORTED_UNITS_MAX) this.#textByIndex.set(index, known + text);
      return [event];
    }
    const redactor = this.#redactorByIndex.get(index) ?? this.#newRedactor(index);
    const released = redactor.push(text);
    if (released === '') return [];
    const edit = { start: span.start, end: span.end, text: stringLiteral(released) };
    return [data.with(splice(data.json, [edit]))];
  }

  #newRedactor(index: string): TextRedactor {
    const redactor = new TextRedactor(this.#scanner, this.counts);
    this.#redactorByIndex.set(index, redactor);
    return redactor;
  }

  #stop(event: Uint8Array): Uint8Array[] {
    const data = eventJson(event);
    return data ? this.#end(blockIndex(data)) : [];
  }

  /** No text of any block can come any more: gives what was held back. */
  stopAll(): Uint8Array[] {
    const open = new Set([...this.#redactorByIndex.keys(), ...this.#textByIndex.keys()]);
    return [...open].flatMap((index) => this.#end(index));
  }

  #end(index: string): Uint8Array[] {
    for (const { detector } of this.#scanner.scan(this.#textByIndex.get(index) ?? '')) {
      countFinding(this.counts, detector.entity);
    }
    this.#textByIndex.delete(index);
    const text = this.#redactorByIndex.get(index)?.end() ?? '';
    this.#redactorByIndex.delete(index);
    return text === '' ? [] : [textEvent(index, text)];
  }
}
