// Applies a policy to the events of a stream. Text awaiting evaluation is held back, and the stream's
// head with it, so an early refusal can still be an HTTP status. A later one closes open blocks first.

import {
  property,
  splice,
  stringAt,
  stringLiteral,
  textProperty,
} from '../../../shared/json/edit.ts';
import type { JsonString } from '../../../shared/json/parse.ts';
import { eventName } from '../../../shared/anthropic/sse/event-splitter.ts';
import { CLOSING_EVENTS } from '../../../shared/anthropic/sse/closing-events.ts';
import type { ResponseGuard } from './response-guard.ts';
import { blockIndex, eventJson, stopEvent, textEvent, type EventJson } from './event-json.ts';
import { HeldText } from './held-text.ts';
import { evaluateToolInput } from './tool-input.ts';

/** Events that carry no response content. */
const HEAD_EVENTS = new Set(['message_start', 'ping', 'content_block_start']);

type Block =
  | { readonly kind: 'text'; readonly text: HeldText }
  | { readonly kind: 'tool'; input: string; readonly held: Uint8Array[] };

export class GuardedEvents {
  readonly #guard: ResponseGuard;
  readonly #blocks = new Map<string, Block>();
  /** Indexes of blocks that were started but not stopped. */
  readonly #openIndexes = new Set<string>();
  #head: Uint8Array[] = [];
  #isStarted = false;

  constructor(guard: ResponseGuard) {
    this.#guard = guard;
    this.#isStarted = !guard.holds;
  }

  /**
   * Returns the events to send for one event.
   * @throws `policy_blocked`; send `closing` first if the stream has started
   */
  event(event: Uint8Array): Uint8Array[] {
    const data = eventJson(event);
    // Clients use the type in the data; the event name may differ or be absent.
    const name = (data && textProperty(data.root, data.json, 'type')) ?? eventName(event);
    return this.#release(name, this.#evaluated(name, event, data));
  }

  /** Call when the stream ends, completely or not. Returns held events; throws as `event` does. */
  end(): Uint8Array[] {
    const rest = this.#endAll();
    this.#isStarted = true;
    return [...this.#head.splice(0), ...rest];
  }

  /** Events that close the open blocks of a refused stream; empty if nothing was sent. */
  closing(): Uint8Array[] {
    return this.#isStarted ? Array.from(this.#openIndexes, stopEvent) : [];
  }

  #release(name: string, events: Uint8Array[]): Uint8Array[] {
    if (this.#isStarted) return events;
    const isHead = HEAD_EVENTS.has(name) || events.length === 0;
    this.#head.push(...events);
    if (isHead) return [];
    this.#isStarted = true;
    return this.#head.splice(0);
  }

  #evaluated(name: string, event: Uint8Array, data: EventJson | undefined): Uint8Array[] {
    if (CLOSING_EVENTS.has(name)) return [...this.#endAll(), event];
    if (!data || !name.startsWith('content_block_')) return [event];
    const index = blockIndex(data);
    if (name === 'content_block_start') return this.#start(index, data, event);
    if (name === 'content_block_delta') return this.#delta(index, data, event);
    const rest = this.#endOf(index);
    this.#openIndexes.delete(index);
    return [...rest, event];
  }

  #start(index: string, data: EventJson, event: Uint8Array): Uint8Array[] {
    const block = property(data.root, data.json, 'content_block');
    const type = (block && textProperty(block, data.json, 'type')) ?? '';
    this.#openIndexes.add(index);
    if (type.endsWith('tool_use')) {
      const input = block && property(block, data.json, 'input');
      const raw = input && data.json.slice(input.start, input.end);
      // Usually `{}`; the input then follows in deltas.
      const initial = raw === undefined || raw === '{}' ? '' : raw;
      this.#blocks.set(index, { kind: 'tool', input: initial, held: [] });
      return [event];
    }
    if (type !== 'text') return [event];
    const text = new HeldText(this.#guard.startEvaluation('assistant'));
    this.#blocks.set(index, { kind: 'text', text });
    const initial = block && property(block, data.json, 'text');
    if (initial?.kind !== 'string' || initial.end - initial.start <= 2) return [event];
    return [withText(event, data, initial, text.push(stringAt(data.json, initial)))];
  }

  #delta(index: string, data: EventJson, event: Uint8Array): Uint8Array[] {
    const block = this.#blocks.get(index);
    const delta = property(data.root, data.json, 'delta');
    const type = delta && textProperty(delta, data.json, 'type');
    if (block?.kind === 'tool' && type === 'input_json_delta') {
      block.input += (delta && textProperty(delta, data.json, 'partial_json')) ?? '';
      if (!this.#guard.holdsTools) return [event];
      block.held.push(event);
      return [];
    }
    const node = delta && property(delta, data.json, 'text');
    if (type !== 'text_delta' || node?.kind !== 'string') return [event];
    const released = this.#textOf(index, block).push(stringAt(data.json, node));
    return released === '' ? [] : [withText(event, data, node, released)];
  }

  /** The text of a block, also of one without `content_block_start`. */
  #textOf(index: string, block: Block | undefined): HeldText {
    if (block?.kind === 'text') return block.text;
    const text = new HeldText(this.#guard.startEvaluation('assistant'));
    this.#blocks.set(index, { kind: 'text', text });
    return text;
  }

  #endAll(): Uint8Array[] {
    return [...this.#blocks.keys()].flatMap((index) => this.#endOf(index));
  }

  #endOf(index: string): Uint8Array[] {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (!block) return [];
    if (block.kind === 'tool') {
      evaluateToolInput(this.#guard, block.input);
      return block.held;
    }
    const rest = block.text.end();
    return rest === '' ? [] : [textEvent(index, rest)];
  }
}

/** The event with its text replaced; byte for byte the same if the text is unchanged. */
function withText(event: Uint8Array, data: EventJson, at: JsonString, text: string): Uint8Array {
  if (stringAt(data.json, at) === text) return event;
  return data.withJson(splice(data.json, [{ ...at, text: stringLiteral(text) }]));
}
