// Reads the content blocks of responses and makes events for them.

import { binaryText } from '../../../shared/json/binary-text.ts';
import { stringLiteral } from '../../../shared/json/edit.ts';
import type { JsonNode } from '../../../shared/json/parse.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';

/** The block index of an event as raw JSON. */
export function blockIndex({ index = '0' }: EventJson): string {
  return index;
}

/** The content blocks of a message; empty for other JSON. */
export function contentBlocks(json: EventJson): readonly JsonNode[] {
  const content = json.property('content');
  return content?.kind === 'array' ? content.items : [];
}

/** A `content_block_delta` with text. */
export function textEvent(index: string, text: string): SseEvent {
  const delta = `{"type":"text_delta","text":${binaryText(stringLiteral(text))}}`;
  const json = `{"type":"content_block_delta","index":${index},"delta":${delta}}`;
  return SseEvent.of('content_block_delta', json);
}

/** A `content_block_stop`. */
export function stopEvent(index: string): SseEvent {
  return SseEvent.of('content_block_stop', `{"type":"content_block_stop","index":${index}}`);
}
