// Detects personal data in a response and redacts it in text if the rules say so. Thinking is signed, and
// a redacted tool input would be a different call, so both are only reported.

import type { Edit } from '../../../shared/json/edit.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import type {
  BrokenOff,
  ResponseTransform,
} from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import type { TextDelta } from '../../../shared/anthropic/sse/text-delta.ts';
import {
  countFinding,
  type ResponseAction,
  type ResponseRules,
  type EntityCounts,
} from './response-rules.ts';
import { finished } from '../../../shared/runtime/finished.ts';
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

  event(event: SseEvent): SseEvent | readonly SseEvent[] {
    const { delta } = event;
    return delta ? this.#usualDelta(event, delta) : finished(this.steps(event));
  }

  *steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    yield* event.parse();
    const { json } = event;
    if (event.isWhole) return json ? yield* event.edit(yield* this.#messageEdits(json)) : event;
    if (event.isClosing) return [...(yield* this.#endAll()), event];
    if (!json) return event;
    if (event.type === 'content_block_delta') return yield* this.#delta(event, json);
    if (event.type === 'content_block_stop') {
      return [...(yield* this.#end(blockIndex(json))), event];
    }
    return event;
  }

  /** Call when no more text can follow. Returns the text that was held back. */
  end(): readonly SseEvent[] {
    return finished(this.#endAll());
  }

  *#endAll(): Generator<void, readonly SseEvent[]> {
    const events: SseEvent[] = [];
    for (const index of new Set([...this.#redactorByIndex.keys(), ...this.#textByIndex.keys()])) {
      for (const event of yield* this.#end(index)) events.push(event);
    }
    return events;
  }

  /** Held text still belongs to the client; the error follows it. */
  breakOff(error: unknown): BrokenOff {
    return { events: this.end(), error };
  }

  *#messageEdits(json: EventJson): Generator<void, Edit[]> {
    const edits: Edit[] = [];
    for (const block of contentBlocks(json)) {
      const text = json.string('text', block);
      if (text && this.#action === 'redact') {
        const value = yield* json.valueSteps(text);
        const redacted = yield* new TextRedactor(this.#scanner, this.counts).whole(value);
        if (redacted !== value) edits.push(json.editOf(text, redacted));
        continue;
      }
      for (const part of [json.property('text', block), json.property('input', block)]) {
        if (!part) continue;
        const isText = part.kind === 'string';
        yield* this.#report(isText ? yield* json.valueSteps(part) : json.literalOf(part));
      }
    }
    return edits;
  }

  *#delta(event: SseEvent, json: EventJson): Generator<void, SseEvent | readonly SseEvent[]> {
    const delta = json.property('delta');
    const type = delta && json.word('type', delta);
    const key = TEXT_KEY[type ?? ''];
    const node = delta && key !== undefined ? json.string(key, delta) : undefined;
    if (!node) return event;
    const index = blockIndex(json);
    const text = yield* json.valueSteps(node);
    if (type !== 'text_delta' || this.#action !== 'redact') {
      this.#collect(index, text);
      return event;
    }
    const released = yield* this.#redactorOf(index).pushSteps(text);
    return released === '' ? [] : yield* event.edit([json.editOf(node, released)]);
  }

  /** Like `#delta`, for an event in the usual form, which is short. */
  #usualDelta(event: SseEvent, delta: TextDelta): SseEvent | readonly SseEvent[] {
    const { index, type } = delta;
    if (TEXT_KEY[type] === undefined) return event;
    if (type !== 'text_delta' || this.#action !== 'redact') {
      this.#collect(index, delta.value);
      return event;
    }
    const released = this.#redactorOf(index).push(delta.value);
    return released === '' ? [] : event.withDelta(delta, released);
  }

  #collect(index: string, text: string): void {
    const collected = this.#textByIndex.get(index) ?? '';
    const more = text.slice(0, Math.max(0, REPORTED_CHARS_MAX - collected.length));
    if (more !== '') this.#textByIndex.set(index, collected + more);
  }

  #redactorOf(index: string): TextRedactor {
    return this.#redactorByIndex.get(index) ?? this.#newRedactor(index);
  }

  #newRedactor(index: string): TextRedactor {
    const redactor = new TextRedactor(this.#scanner, this.counts);
    this.#redactorByIndex.set(index, redactor);
    return redactor;
  }

  *#end(index: string): Generator<void, readonly SseEvent[]> {
    yield* this.#report(this.#textByIndex.get(index) ?? '');
    this.#textByIndex.delete(index);
    const text = this.#redactorByIndex.get(index)?.end() ?? '';
    this.#redactorByIndex.delete(index);
    return text === '' ? [] : [textEvent(index, text)];
  }

  *#report(text: string): Generator<void, void> {
    for (const { detector } of yield* this.#scanner.slices(text)) {
      countFinding(this.counts, detector.entity);
    }
  }
}
