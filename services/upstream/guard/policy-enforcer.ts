// Applies a policy to a response. In a stream, text awaiting evaluation is held back, and the head with
// it, so an early refusal can still be an HTTP status. A later one closes open blocks first.

import { LlmpError } from '../../../shared/errors.ts';
import type { Edit } from '../../../shared/json/edit.ts';
import type { JsonNode, JsonString } from '../../../shared/json/parse.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import type {
  BrokenOff,
  ResponseTransform,
} from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import type { TextDelta } from '../../../shared/anthropic/sse/text-delta.ts';
import type { ResponseGuard } from './response-guard.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { blockIndex, contentBlocks, stopEvent, textEvent } from './block-events.ts';
import { HeldText } from './held-text.ts';
import { evaluateToolInput, inputTexts, streamedInputTexts } from './tool-input.ts';

/** Events that carry no response content. */
const HEAD_EVENTS = new Set(['message_start', 'ping', 'content_block_start']);

type Block =
  | { readonly kind: 'text'; readonly text: HeldText }
  | { readonly kind: 'tool'; input: string; readonly held: SseEvent[] };

export class PolicyEnforcer implements ResponseTransform {
  readonly #guard: ResponseGuard;
  readonly #blocks = new Map<string, Block>();
  /** Indexes of blocks that were started but not stopped. */
  readonly #openIndexes = new Set<string>();
  #head: SseEvent[] = [];
  #isStarted = false;

  constructor(guard: ResponseGuard) {
    this.#guard = guard;
    this.#isStarted = !guard.holds;
  }

  /** @throws `policy_blocked`, before the first event if no content was sent yet */
  event(event: SseEvent): SseEvent | readonly SseEvent[] {
    const { delta } = event;
    return delta
      ? this.#release(event, this.#usualDelta(event, delta))
      : finished(this.steps(event));
  }

  *steps(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]> {
    yield* event.parse();
    const { json } = event;
    if (event.isWhole) return json ? yield* event.edit(yield* this.#messageEdits(json)) : event;
    return this.#release(event, yield* this.#evaluated(event, json));
  }

  /** Call when the stream ends, completely or not. Returns held events; throws as `event` does. */
  end(): readonly SseEvent[] {
    const rest = finished(this.#endAll());
    this.#isStarted = true;
    return [...this.#head.splice(0), ...rest];
  }

  /** Held text that passes evaluation if the upstream failed, or closed blocks after a refusal. */
  breakOff(thrown: unknown): BrokenOff {
    let error = thrown;
    try {
      if (!isRefusal(error)) return { events: this.end(), error };
    } catch (rejection) {
      error = rejection;
    }
    return { events: isRefusal(error) ? this.#closing() : [], error };
  }

  /** Events that close the open blocks of a refused stream; empty if nothing was sent. */
  #closing(): SseEvent[] {
    return this.#isStarted ? Array.from(this.#openIndexes, stopEvent) : [];
  }

  #release({ type }: SseEvent, events: readonly SseEvent[]): readonly SseEvent[] {
    if (this.#isStarted) return events;
    const isHead = HEAD_EVENTS.has(type) || events.length === 0;
    this.#head.push(...events);
    if (isHead) return [];
    this.#isStarted = true;
    return this.#head.splice(0);
  }

  *#evaluated(event: SseEvent, json: EventJson | undefined): Generator<void, readonly SseEvent[]> {
    if (event.isClosing) return [...(yield* this.#endAll()), event];
    const { type } = event;
    if (!json || !type.startsWith('content_block_')) return [event];
    const index = blockIndex(json);
    if (type === 'content_block_start') return [yield* this.#start(index, json, event)];
    if (type === 'content_block_delta') return yield* this.#delta(index, json, event);
    const rest = yield* this.#endOf(index);
    this.#openIndexes.delete(index);
    return [...rest, event];
  }

  *#start(index: string, json: EventJson, event: SseEvent): Generator<void, SseEvent> {
    const block = json.property('content_block');
    const type = (block && json.word('type', block)) ?? '';
    this.#openIndexes.add(index);
    if (type.endsWith('tool_use')) {
      const input = block && json.property('input', block);
      const raw = input && json.literalOf(input);
      // Usually `{}`; the input then follows in deltas.
      const initial = raw === undefined || raw === '{}' ? '' : raw;
      this.#blocks.set(index, { kind: 'tool', input: initial, held: [] });
      return event;
    }
    if (type !== 'text') return event;
    const text = new HeldText(this.#guard.startEvaluation('assistant'));
    this.#blocks.set(index, { kind: 'text', text });
    const initial = block && json.string('text', block);
    if (!initial || initial.end - initial.start <= 2) return event;
    const value = yield* json.valueSteps(initial);
    return yield* event.edit(textEdits(json, initial, value, yield* text.pushSteps(value)));
  }

  /** Like `#delta`, for an event in the usual form, which is short. */
  #usualDelta(event: SseEvent, delta: TextDelta): readonly SseEvent[] {
    const { index, type, value } = delta;
    const block = this.#blocks.get(index);
    if (block?.kind === 'tool' && type === 'input_json_delta') {
      block.input += value;
      if (!this.#guard.holdsTools) return [event];
      block.held.push(event);
      return [];
    }
    if (type !== 'text_delta') return [event];
    const released = this.#textOf(index, block).push(value);
    return released === '' ? [] : [event.withDelta(delta, released)];
  }

  *#delta(index: string, json: EventJson, event: SseEvent): Generator<void, readonly SseEvent[]> {
    const block = this.#blocks.get(index);
    const delta = json.property('delta');
    const type = delta && json.word('type', delta);
    if (block?.kind === 'tool' && type === 'input_json_delta') {
      const part = json.string('partial_json', delta);
      block.input += part ? yield* json.valueSteps(part) : '';
      if (!this.#guard.holdsTools) return [event];
      block.held.push(event);
      return [];
    }
    const node = delta && json.string('text', delta);
    if (type !== 'text_delta' || !node) return [event];
    const value = yield* json.valueSteps(node);
    const released = yield* this.#textOf(index, block).pushSteps(value);
    return released === '' ? [] : [yield* event.edit(textEdits(json, node, value, released))];
  }

  /** The text of a block, also of one without `content_block_start`. */
  #textOf(index: string, block: Block | undefined): HeldText {
    if (block?.kind === 'text') return block.text;
    const text = new HeldText(this.#guard.startEvaluation('assistant'));
    this.#blocks.set(index, { kind: 'text', text });
    return text;
  }

  *#endAll(): Generator<void, readonly SseEvent[]> {
    const events: SseEvent[] = [];
    for (const index of this.#blocks.keys()) events.push(...(yield* this.#endOf(index)));
    return events;
  }

  *#endOf(index: string): Generator<void, readonly SseEvent[]> {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (!block) return [];
    if (block.kind === 'tool') {
      yield* evaluateToolInput(this.#guard, streamedInputTexts(block.input));
      return block.held;
    }
    const rest = block.text.end();
    return rest === '' ? [] : [textEvent(index, rest)];
  }

  /** Evaluates all blocks of a buffered message. */
  *#messageEdits(json: EventJson): Generator<void, Edit[]> {
    const edits: Edit[] = [];
    for (const block of contentBlocks(json)) edits.push(...(yield* this.#blockEdits(json, block)));
    return edits;
  }

  *#blockEdits(json: EventJson, block: JsonNode): Generator<void, readonly Edit[]> {
    const type = json.word('type', block) ?? '';
    if (type.endsWith('tool_use')) {
      const input = json.property('input', block);
      if (input) yield* evaluateToolInput(this.#guard, inputTexts(json, input));
      return [];
    }
    const text = type === 'text' ? json.string('text', block) : undefined;
    if (!text) return [];
    const held = new HeldText(this.#guard.startEvaluation('assistant'));
    const value = yield* json.valueSteps(text);
    return textEdits(json, text, value, (yield* held.pushSteps(value)) + held.end());
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof LlmpError && error.code === 'policy_blocked';
}

/** The edit that changes the value of a text; none if it stays, so that its bytes stay as well. */
function textEdits(json: EventJson, at: JsonString, value: string, to: string): readonly Edit[] {
  return value === to ? [] : [json.editOf(at, to)];
}
