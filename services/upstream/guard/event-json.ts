// Reads and writes the JSON of response events.

import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property, stringLiteral } from '../../../shared/json/edit.ts';
import { eventData } from '../../../shared/anthropic/sse/event-data.ts';

export interface EventJson {
  readonly json: string;
  readonly root: JsonNode;
  /** The event with its JSON replaced. */
  withJson(json: string): Uint8Array;
}

/** The JSON of an event; `undefined` if it has none. */
export function eventJson(event: Uint8Array): EventJson | undefined {
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8');
  const data = eventData(text);
  const root = data && tryScanJson(data.json);
  if (!data || !root) return undefined;
  return { json: data.json, root, withJson: (json) => Buffer.from(data.withJson(json)) };
}

/** The block index of an event as raw JSON. */
export function blockIndex({ json, root }: EventJson): string {
  const index = property(root, json, 'index');
  return index?.kind === 'number' ? json.slice(index.start, index.end) : '0';
}

/** A `content_block_delta` with text. */
export function textEvent(index: string, text: string): Uint8Array {
  const delta = `{"type":"text_delta","text":${stringLiteral(text)}}`;
  const json = `{"type":"content_block_delta","index":${index},"delta":${delta}}`;
  return Buffer.from(`event: content_block_delta\ndata: ${json}\n\n`);
}

/** A `content_block_stop`. */
export function stopEvent(index: string): Uint8Array {
  const json = `{"type":"content_block_stop","index":${index}}`;
  return Buffer.from(`event: content_block_stop\ndata: ${json}\n\n`);
}
