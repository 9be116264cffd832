// Measures what a model wrote, for responses whose upstream counts no tokens for it.

import { property } from '../json/edit.ts';
import type { JsonNode } from '../json/parse.ts';

/** Around the text of a `content_block_delta` event, as Anthropic writes it. */
const DELTA_ENVELOPE_BYTES = 115;
/** Block fields with text, thinking and summaries; in other blocks they are lists or objects. */
const TEXT_KEYS = ['text', 'thinking', 'content'];

/** Characters in a `content_block_delta` event of this size, without parsing it; at least 1. */
export function deltaChars(eventBytes: number): number {
  return Math.max(1, eventBytes - DELTA_ENVELOPE_BYTES);
}

/** Characters of JSON that a model wrote into these blocks: text, thinking, summaries and tool inputs. */
export function contentChars(json: string, blocks: readonly JsonNode[]): number {
  return blocks.reduce((sum, block) => sum + blockChars(json, block), 0);
}

function blockChars(json: string, block: JsonNode): number {
  const texts = TEXT_KEYS.map((key) => property(block, json, key));
  // An empty input is how a stream begins a call.
  const input = property(block, json, 'input');
  const written = [
    ...texts.filter((text) => text?.kind === 'string'),
    ...(input?.kind === 'object' ? [input] : []),
  ];
  return written.reduce((sum, node) => sum + (node ? node.end - node.start - 2 : 0), 0);
}
