// Builds the message that a stream's events describe, as a client would get it without streaming.
// Numbers and tool inputs keep their raw JSON; a stream with unknown content yields no message.

import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { DELTA_KEYS, type TextDelta } from '../../../shared/anthropic/sse/text-delta.ts';
import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { stringLiteral, textProperty } from '../../../shared/json/edit.ts';
import { literalOf, withProperties } from './json-object.ts';

interface Block {
  readonly json: string;
  readonly texts: Record<string, string>;
  input: string | undefined;
  readonly citations: string[];
  isClosed: boolean;
}

/** The block property that each delta extends. */
const TEXT_BY_DELTA: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
};

export class MessageBuilder {
  #message: string | undefined;
  readonly #blocks: Block[] = [];
  #isComplete = false;
  #isSupported = true;

  /** Takes the next event. */
  event(event: SseEvent): void {
    if (!this.#isSupported) return;
    const { delta } = event;
    if (delta) {
      this.#isSupported = !this.#isComplete && this.#applyUsualDelta(delta);
      return;
    }
    const { name, json } = event;
    if (name === 'ping') return;
    this.#isSupported = json !== undefined && !this.#isComplete && this.#apply(name, json);
  }

  /** The message as JSON; `undefined` if the stream was incomplete or had unknown content. */
  get message(): string | undefined {
    if (!this.#isSupported || !this.#isComplete || this.#message === undefined) return undefined;
    if (!this.#blocks.every(({ isClosed }) => isClosed)) return undefined;
    const content = this.#blocks.map((block) => blockJson(block));
    return withProperties(this.#message, { content: `[${content.join(',')}]` });
  }

  #apply(name: string, json: EventJson): boolean {
    switch (name) {
      case 'message_start':
        this.#message = literalIn(json, 'message');
        return this.#message !== undefined;
      case 'content_block_start': {
        const block = literalIn(json, 'content_block');
        // Blocks are sequential and numbered from 0.
        if (block === undefined || json.index !== String(this.#blocks.length)) return false;
        const before = this.#blocks.at(-1);
        this.#blocks.push({
          json: block,
          texts: {},
          input: undefined,
          citations: [],
          isClosed: false,
        });
        return !before || before.isClosed;
      }
      case 'content_block_delta':
        return this.#applyDelta(json);
      case 'content_block_stop': {
        const block = this.#openBlock(json);
        if (block) block.isClosed = true;
        return block !== undefined;
      }
      case 'message_delta':
        return this.#applyMessageDelta(json);
      case 'message_stop':
        this.#isComplete = true;
        return true;
      default:
        return false;
    }
  }

  /** A delta in the usual form. */
  #applyUsualDelta(delta: TextDelta): boolean {
    const block = this.#openBlock(delta);
    if (!block) return false;
    if (delta.type === 'input_json_delta') block.input = (block.input ?? '') + delta.value;
    else {
      const name = DELTA_KEYS[delta.type];
      block.texts[name] = (block.texts[name] ?? '') + delta.value;
    }
    return true;
  }

  #openBlock({ index }: Pick<EventJson, 'index'>): Block | undefined {
    const block = this.#blocks.at(-1);
    return block && !block.isClosed && index === String(this.#blocks.length - 1)
      ? block
      : undefined;
  }

  #applyDelta(json: EventJson): boolean {
    const block = this.#openBlock(json);
    const delta = json.property('delta');
    const type = delta && json.word('type', delta);
    if (!block || !delta || type === undefined) return false;
    if (type === 'input_json_delta') {
      const chunk = json.string('partial_json', delta);
      block.input = (block.input ?? '') + (chunk ? json.valueOf(chunk) : '');
      return true;
    }
    if (type === 'citations_delta') {
      const citation = literalIn(json, 'citation', delta);
      if (citation !== undefined) block.citations.push(citation);
      return citation !== undefined;
    }
    const name = TEXT_BY_DELTA[type];
    const chunk = name === undefined ? undefined : json.string(name, delta);
    if (name === undefined || !chunk) return false;
    block.texts[name] = (block.texts[name] ?? '') + json.valueOf(chunk);
    return true;
  }

  #applyMessageDelta(json: EventJson): boolean {
    if (this.#message === undefined) return false;
    const message = tryScanJson(this.#message);
    const usage = literalsIn(json, json.property('usage'));
    const before = literalOf(message, this.#message, 'usage') ?? '{}';
    const others = Object.entries(literalsIn(json, json.root)).filter(
      ([name]) => !['type', 'delta', 'usage'].includes(name),
    );
    this.#message = withProperties(this.#message, {
      ...literalsIn(json, json.property('delta')),
      ...Object.fromEntries(others),
      usage: withProperties(before, usage),
    });
    return true;
  }
}

/** The JSON of a property; `undefined` if absent. */
function literalIn(json: EventJson, key: string, node?: JsonNode): string | undefined {
  const value = json.property(key, node);
  return value && json.literalOf(value);
}

/** The properties of an object as JSON by name; empty for other nodes. */
function literalsIn(json: EventJson, node: JsonNode | undefined): Record<string, string> {
  if (node?.kind !== 'object') return {};
  const properties = node.properties.map(({ key, value }) => [
    json.valueOf(key),
    json.literalOf(value),
  ]);
  return Object.fromEntries(properties);
}

function blockJson({ json, texts, input, citations }: Block): string {
  const root = tryScanJson(json);
  const initial = (name: string) => (root && textProperty(root, json, name)) ?? '';
  const literals = Object.entries(texts).map(([name, text]) => [
    name,
    stringLiteral(initial(name) + text),
  ]);
  return withProperties(json, {
    ...Object.fromEntries(literals),
    ...(input === undefined || input === '' ? {} : { input }),
    ...(citations.length === 0 ? {} : { citations: `[${citations.join(',')}]` }),
  });
}
