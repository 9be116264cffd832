// Detects personal data in the events of a stream and redacts it in text if the rules say so. Thinking
// is signed, and a redacted tool input would be a different call, so both are only reported.

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
import { countFinding, type ResponseAction, type EntityCounts } from './response-rules.ts';
import { blockIndex, eventJson, textEvent } from './event-json.ts';
import { TextRedactor } from './text-redactor.ts';

/** Upper bound of the text scanned per block when findings are only reported. */
const REPORTED_CHARS_MAX = 1024 * 1024;

/** The text property of each delta. */
const TEXT_KEY: Readonly<Record<string, string>> = {
  text_delta: 'text',
  input_json_delta: 'partial_json',
};

export class WatchedEvents {
  readonly counts: EntityCounts = {};
  readonly #scanner: Scanner;
  readonly #action: ResponseAction;
  readonly #redactorByIndex = new Map<string, TextRedactor>();
  readonly #textByIndex = new Map<string, string>();

  constructor(scanner: Scanner, action: ResponseAction) {
    this.#scanner = scanner;
    this.#action = action;
  }

  /** Returns the events to send for one event: itself, none, or others. */
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
    const node = delta && key !== undefined ? property(delta, data.json, key) : undefined;
    if (!data || node?.kind !== 'string') return [event];
    const index = blockIndex(data);
    const text = stringAt(data.json, node);
    if (type !== 'text_delta' || this.#action !== 'redact') {
      const collected = this.#textByIndex.get(index) ?? '';
      if (collected.length < REPORTED_CHARS_MAX) this.#textByIndex.set(index, collected + text);
      return [event];
    }
    const redactor = this.#redactorByIndex.get(index) ?? this.#newRedactor(index);
    const released = redactor.push(text);
    if (released === '') return [];
    const edit = { start: node.start, end: node.end, text: stringLiteral(released) };
    return [data.withJson(splice(data.json, [edit]))];
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

  /** Call when no more text can follow. Returns the text that was held back, as events. */
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
