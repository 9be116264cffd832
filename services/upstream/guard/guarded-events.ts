// Holds the events of a stream against a policy. Text that has to wait is held back, and with it the
// head of the stream as long as nothing of the answer was shown: what is refused then can still be
// refused with a status. Later, open blocks are closed before the error.

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
import { judgeToolInput } from './tool-input.ts';

/** Events that show nothing of the answer. */
const HEAD_EVENTS = new Set(['message_start', 'ping', 'content_block_start']);

type Block =
  | { readonly kind: 'text'; readonly text: HeldText }
  | { readonly kind: 'tool'; input: string; readonly held: Uint8Array[] };

export class GuardedEvents {
  readonly #guard: ResponseGuard;
  readonly #blocks = new Map<string, Block>();
  /** Blocks that the client has seen begin, and not end. */
  readonly #shown = new Set<string>();
  #head: Uint8Array[] = [];
  #begun = false;

  constructor(guard: ResponseGuard) {
    this.#guard = guard;
    this.#begun = !guard.holds;
  }

  /**
   * What is to be sent on for one event. A refusal is thrown: as it is before anything was sent, else
   * with what closes the open blocks in `closing`.
   */
  event(event: Uint8Array): Uint8Array[] {
    const data = eventJson(event);
    // Clients go by what the data says; the event's name may be another one, or not be there at all.
    const name = (data && textProperty(data.root, data.json, 'type')) ?? eventName(event);
    return this.#sent(name, this.#judged(name, event, data));
  }

  /** The stream has ended, whichever way: gives what was held back. Throws as `event` does. */
  end(): Uint8Array[] {
    const rest = this.#endAll();
    this.#begun = true;
    return [...this.#head.splice(0), ...rest];
  }

  /** What makes a stream that is refused here well formed; empty when nothing of it was sent. */
  closing(): Uint8Array[] {
    return this.#begun ? Array.from(this.#shown, stopEvent) : [];
  }

  #sent(name: string, events: Uint8Array[]): Uint8Array[] {
    if (this.#begun) return events;
    const isHead = HEAD_EVENTS.has(name) || events.length === 0;
    this.#head.push(...events);
    if (isHead) return [];
    this.#begun = true;
    return this.#head.splice(0);
  }

  #judged(name: string, event: Uint8Array, data: EventJson | undefined): Uint8Array[] {
    if (CLOSING_EVENTS.has(name)) return [...this.#endAll(), event];
    if (!data || !name.startsWith('content_block_')) return [event];
    const index = blockIndex(data);
    if (name === 'content_block_start') return this.#start(index, data, event);
    if (name === 'content_block_delta') return this.#delta(index, data, event);
    const rest = this.#endOf(index);
    this.#shown.delete(index);
    return [...rest, event];
  }

  #start(index: string, data: EventJson, event: Uint8Array): Uint8Array[] {
    const block = property(data.root, data.json, 'content_block');
    const type = (block && textProperty(block, data.json, 'type')) ?? '';
    this.#shown.add(index);
    if (type.endsWith('tool_use')) {
      const input = block && property(block, data.json, 'input');
      const whole = input && data.json.slice(input.start, input.end);
      // Mostly `{}`, and then the input comes in deltas.
      const given = whole === undefined || whole === '{}' ? '' : whole;
      this.#blocks.set(index, { kind: 'tool', input: given, held: [] });
      return [event];
    }
    if (type !== 'text') return [event];
    const text = new HeldText(this.#guard.reading('assistant'));
    this.#blocks.set(index, { kind: 'text', text });
    const given = block && property(block, data.json, 'text');
    if (given?.kind !== 'string' || given.end - given.start <= 2) return [event];
    return [withText(event, data, given, text.push(stringAt(data.json, given)))];
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
    const span = delta && property(delta, data.json, 'text');
    if (type !== 'text_delta' || span?.kind !== 'string') return [event];
    const released = this.#textOf(index, block).push(stringAt(data.json, span));
    return released === '' ? [] : [withText(event, data, span, released)];
  }

  /** Text of a block that nobody announced is text all the same. */
  #textOf(index: string, block: Block | undefined): HeldText {
    if (block?.kind === 'text') return block.text;
    const text = new HeldText(this.#guard.reading('assistant'));
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
      judgeToolInput(this.#guard, block.input);
      return block.held;
    }
    const rest = block.text.end();
    return rest === '' ? [] : [textEvent(index, rest)];
  }
}

/** The event with another text; as it came, byte for byte, where that is the same. */
function withText(event: Uint8Array, data: EventJson, at: JsonString, text: string): Uint8Array {
  if (stringAt(data.json, at) === text) return event;
  return data.with(splice(data.json, [{ ...at, text: stringLiteral(text) }]));
}
