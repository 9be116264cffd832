// Adds blocks after the client's own content, which keeps its bytes and position so that the prompt
// cache stays valid up to there.

import type { JsonArray, JsonNode, JsonString } from '../../shared/json/parse.ts';
import { property, type Edit } from '../../shared/json/edit.ts';

/** Appends blocks to a message's content; string content becomes the first block. */
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

/** Appends blocks to the system prompt; its first block stays first because the upstream inspects it. */
export function systemEdit(text: string, root: JsonNode, blocks: readonly string[]): Edit[] {
  if (blocks.length === 0 || root.kind !== 'object') return [];
  const system = property(root, text, 'system');
  if (system?.kind === 'string' || system?.kind === 'array') {
    return contentEdit(text, system, blocks);
  }
  const list = `[${blocks.join(',')}]`;
  if (system) return [{ start: system.start, end: system.end, text: list }];
  const at = root.end - 1;
  return [{ start: at, end: at, text: `${root.entries.length > 0 ? ',' : ''}"system":${list}` }];
}
