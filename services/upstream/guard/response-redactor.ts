// Detects personal data in a response and redacts it in text if the rules say so. Thinking is signed, and
// a redacted tool input would be a different call, so both are only reported.

import type { Edit } from '../../../shared/json/edit.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import type {
  BrokenOff,
  ResponseTransform,
} from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import {
  countFinding,
  type ResponseAction,
  type ResponseRules,
  type EntityCounts,
} from './response-rules.ts';
import { blockIndex, contentBlocks, textEvent } from './block-events.ts';
import { TextRedactor } from './text-redactor.ts';

/** Upper bound of the text scanned per block when findings are only reported. */
const REPORTED_CHARS_MAX = 1024 * 1024;

/** The text property of each delta. */
const TEXT_KEY: Readonly<Record<string, string>> = {
  text_delta: 'text',
  input_json_delta: 'partial_json',
};

export class ResponseRedactor implements ResponseTransform {
  /** Findings by entity; complete once the response has ended. */
  readonly counts: EntityCounts = {};
  readonly #scanner: ResponseRules['scanner'];
  readonly #action: ResponseAction;
  readonly #redactorByIndex = new Map<string, TextRedactor>();
  readonly #textByIndex = new Map<string, string>();

  constructor(scanner: ResponseRules['scanner'], action: ResponseAction) {
    this.#scanner = scanner;
    this.#action = action;
  }

  *steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    yield* event.parse();
    return this.event(event);
  }

  event(event: SseEvent): SseEvent | readonly SseEvent[] {
    const { json } = event;
    if (event.isWhole) return json ? event.withEdits(this.#messageEdits(json)) : event;
    if (event.isClosing) return [...this.end(), event];
    if (!json) return event;
    if (event.type === 'content_block_delta') return this.#delta(event, json);
    if (event.type === 'content_block_stop') return [...this.#end(blockIndex(json)), event];
    return event;
  }

  /** Call when no more text can follow. Returns the text that was held back. */
  end(): readonly SseEvent[] {
    const open = new Set([...this.#redactorByIndex.keys(), ...this.#textByIndex.keys()]);
    return [...open].flatMap((index) => this.#end(index));
  }

  /** Held text still belongs to the client; the error follows it. */
  breakOff(error: unknown): BrokenOff {
    return { events: this.end(), error };
  }

  #messageEdits(json: EventJson): Edit[] {
    const edits: Edit[] = [];
    for (const block of contentBlocks(json)) {
      const text = json.string('text', block);
      if (text && this.#action === 'redact') {
        const value = json.valueOf(text);
        const redactor = new TextRedactor(this.#scanner, this.counts);
        const redacted = redactor.push(value) + redactor.end();
        if (redacted !== value) edits.push(json.editOf(text, redacted));
        continue;
      }
      for (const part of [json.property('text', block), json.property('input', block)]) {
        if (part) this.#report(part.kind === 'string' ? json.valueOf(part) : json.literalOf(part));
      }
    }
    return edits;
  }

  #delta(event: SseEvent, json: EventJson): SseEvent | readonly SseEvent[] {
    const delta = json.property('delta');
    const type = delta && json.word('type', delta);
    const key = TEXT_KEY[type ?? ''];
    const node = delta && key !== undefined ? json.string(key, delta) : undefined;
    if (!node) return event;
    const index = blockIndex(json);
    const text = json.valueOf(node);
    if (type !== 'text_delta' || this.#action !== 'redact') {
      const collected = this.#textByIndex.get(index) ?? '';
      if (collected.length < REPORTED_CHARS_MAX) this.#textByIndex.set(index, collected + text);
      return event;
    }
    const redactor = this.#redactorByIndex.get(index) ?? this.#newRedactor(index);
    const released = redactor.push(text);
    return released === '' ? [] : event.withEdits([json.editOf(node, released)]);
  }

  #newRedactor(index: string): TextRedactor {
    const redactor = new TextRedactor(this.#scanner, this.counts);
    this.#redactorByIndex.set(index, redactor);
    return redactor;
  }

  #end(index: string): readonly SseEvent[] {
    this.#report(this.#textByIndex.get(index) ?? '');
    this.#textByIndex.delete(index);
    const text = this.#redactorByIndex.get(index)?.end() ?? '';
    this.#redactorByIndex.delete(index);
    return text === '' ? [] : [textEvent(index, text)];
  }

  #report(text: string): void {
    for (const { detector } of this.#scanner.scan(text)) {
      countFinding(this.counts, detector.entity);
    }
  }
}
