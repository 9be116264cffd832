// Records a response for the cache while it passes. Only complete messages that ended normally are cached.

import type { ResponseTransform } from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { decodedText } from '../../../shared/json/binary-text.ts';
import { textProperty } from '../../../shared/json/edit.ts';
import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { MessageBuilder } from './message-builder.ts';

/** Responses with other stop reasons are truncated or continue. */
const FINAL_STOP_REASONS = new Set(['end_turn', 'stop_sequence', 'tool_use']);

export interface ResponseRecorderOptions {
  /** Upper bound of what is recorded. */
  readonly bytesMax: number;
  /** Called with the message, or with `undefined` if there is none to cache; only the first call counts. */
  readonly complete: (message: string | undefined) => void;
}

export class ResponseRecorder implements ResponseTransform {
  readonly #options: ResponseRecorderOptions;
  readonly #builder = new MessageBuilder();
  #buffered: string | undefined;
  #size = 0;

  constructor(options: ResponseRecorderOptions) {
    this.#options = options;
  }

  event(event: SseEvent): SseEvent {
    this.#size += event.bytes.byteLength;
    if (this.#isTooLarge) return event;
    if (!event.isWhole) this.#builder.event(event);
    else if (isCacheable(event.text, event.json?.root)) this.#buffered = decodedText(event.text);
    return event;
  }

  end(): readonly SseEvent[] {
    this.#options.complete(this.#isTooLarge ? undefined : (this.#buffered ?? this.#streamed()));
    return [];
  }

  close(): void {
    this.#options.complete(undefined);
  }

  get #isTooLarge(): boolean {
    return this.#size > this.#options.bytesMax;
  }

  #streamed(): string | undefined {
    const { message } = this.#builder;
    return message !== undefined && isCacheable(message, tryScanJson(message))
      ? message
      : undefined;
  }
}

/** Whether the model finished the message. */
function isCacheable(message: string, root: JsonNode | undefined): boolean {
  if (!root || textProperty(root, message, 'type') !== 'message') return false;
  return FINAL_STOP_REASONS.has(textProperty(root, message, 'stop_reason') ?? '');
}
