// Builds the message that a stream's events describe, as a client would get it without streaming.
// Numbers and tool inputs keep their raw JSON; a stream with unknown content yields no message.

import { tryScanJson } from '../../../shared/json/parse.ts';
import { property, stringAt, stringLiteral, textProperty } from '../../../shared/json/edit.ts';
import { eventData } from '../../../shared/anthropic/sse/event-data.ts';
import { literalOf, propertiesOf, withProperties } from './json-object.ts';

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
  event(name: string, bytes: Uint8Array): void {
    if (name === 'ping' || !this.#isSupported) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const json = eventData(text)?.json ?? '';
    const root = tryScanJson(json);
    this.#isSupported = root !== undefined && !this.#isComplete && this.#apply(name, json, root);
  }

  /** The message as JSON; `undefined` if the stream was incomplete or had unknown content. */
  get message(): string | undefined {
    if (!this.#isSupported || !this.#isComplete || this.#message === undefined) return undefined;
    if (!this.#blocks.every(({ isClosed }) => isClosed)) return undefined;
    const content = this.#blocks.map((block) => blockJson(block));
    return withProperties(this.#message, { content: `[${content.join(',')}]` });
  }

  #apply(name: string, json: string, root: NonNullable<ReturnType<typeof tryScanJson>>): boolean {
    switch (name) {
      case 'message_start':
        this.#message = literalOf(root, json, 'message');
        return this.#message !== undefined;
      case 'content_block_start': {
        const block = literalOf(root, json, 'content_block');
        // Blocks are sequential and numbered from 0.
        if (block === undefined || literalOf(root, json, 'index') !== String(this.#blocks.length)) {
          return false;
        }
        const before = this.#blocks.at(-1);
        this.#blocks.push({
          json: block,
          texts: {},
          input: undefined,
          citations: [],
          isClosed: false,
        });
        return before?.isClosed !== false;
      }
      case 'content_block_delta':
        return this.#applyDelta(json, root);
      case 'content_block_stop': {
        const block = this.#openBlock(json, root);
        if (block) block.isClosed = true;
        return block !== undefined;
      }
      case 'message_delta':
        return this.#applyMessageDelta(json, root);
      case 'message_stop':
        this.#isComplete = true;
        return true;
      default:
        return false;
    }
  }

  #openBlock(json: string, root: NonNullable<ReturnType<typeof tryScanJson>>): Block | undefined {
    const block = this.#blocks.at(-1);
    const index = literalOf(root, json, 'index');
    return block && !block.isClosed && index === String(this.#blocks.length - 1)
      ? block
      : undefined;
  }

  #applyDelta(json: string, root: NonNullable<ReturnType<typeof tryScanJson>>): boolean {
    const block = this.#openBlock(json, root);
    const delta = property(root, json, 'delta');
    const type = delta && textProperty(delta, json, 'type');
    if (!block || !delta || type === undefined) return false;
    if (type === 'input_json_delta') {
      block.input = (block.input ?? '') + (textProperty(delta, json, 'partial_json') ?? '');
      return true;
    }
    if (type === 'citations_delta') {
      const citation = literalOf(delta, json, 'citation');
      if (citation !== undefined) block.citations.push(citation);
      return citation !== undefined;
    }
    const name = TEXT_BY_DELTA[type];
    const chunk = name === undefined ? undefined : property(delta, json, name);
    if (name === undefined || chunk?.kind !== 'string') return false;
    block.texts[name] = (block.texts[name] ?? '') + stringAt(json, chunk);
    return true;
  }

  #applyMessageDelta(json: string, root: NonNullable<ReturnType<typeof tryScanJson>>): boolean {
    if (this.#message === undefined) return false;
    const message = tryScanJson(this.#message);
    const usage = propertiesOf(json, property(root, json, 'usage'));
    const before = literalOf(message, this.#message, 'usage') ?? '{}';
    const others = Object.entries(propertiesOf(json, root)).filter(
      ([name]) => !['type', 'delta', 'usage'].includes(name),
    );
    this.#message = withProperties(this.#message, {
      ...propertiesOf(json, property(root, json, 'delta')),
      ...Object.fromEntries(others),
      usage: withProperties(before, usage),
    });
    return true;
  }
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
