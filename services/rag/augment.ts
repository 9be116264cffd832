// Where blocks go: behind the client's own, in a turn of its user or in the system prompt. What the
// client sent keeps its place and its bytes, so that its prompt cache holds up to there.

import type { JsonArray, JsonNode, JsonString } from '../../shared/json/parse.ts';
import { property, type Edit } from '../../shared/json/edit.ts';

/** Adds blocks to a message's content; a text becomes the first of several blocks. */
export function contentEdit(
  text: string,
  content: JsonString | JsonArray,
  blocks: readonly string[],
): Edit[] {
  if (blocks.length === 0) return [];
  const added = blocks.join(',');
  if (content.kind === 'string') {
    const own = `{"type":"text","text":${text.slice(content.start, content.end)}}`;
    return [{ start: content.start, end: content.end, text: `[${own},${added}]` }];
  }
  const at = content.end - 1;
  return [{ start: at, end: at, text: content.items.length > 0 ? `,${added}` : added }];
}

/** Adds blocks to the system prompt, the first of which stays the first: the upstream looks for it there. */
export function systemEdit(text: string, root: JsonNode, blocks: readonly string[]): Edit[] {
  if (blocks.length === 0 || root.kind !== 'object') return [];
  const system = property(root, text, 'system');
  if (system?.kind === 'string' || system?.kind === 'array') {
    return contentEdit(text, system, blocks);
  }
  const list = `[${blocks.join(',')}]`;
  if (system) return [{ start: system.start, end: system.end, text: list }];
  const at = root.end - 1;
  return [{ start: at, end: at, text: `${root.properties.length > 0 ? ',' : ''}"system":${list}` }];
}
