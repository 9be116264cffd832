// Turns passages into blocks and adds them after the client's own content, which keeps its bytes and
// position so that the prompt cache stays valid up to there.

import { hash } from 'node:crypto';
import type { JsonArray, JsonNode, JsonString } from '../../shared/json/parse.ts';
import { property, type Edit } from '../../shared/json/edit.ts';
import { PASSAGES_PREFACE } from '../../shared/retrieval/preface.ts';
import type { InjectMode } from '../../shared/retrieval/collections.ts';
import type { Passage } from './passage-index/passage-index.ts';

/** The blocks as JSON, without `citations` settings. Each form says that passages are data, not instructions. */
export function blocksOf(mode: InjectMode, passages: readonly Passage[]): string[] {
  if (passages.length === 0) return [];
  if (mode !== 'search_result')
    return [JSON.stringify({ type: 'text', text: fencedText(passages) })];
  const results = passages.map((passage) => ({
    type: 'search_result',
    source: passage.source,
    title: titleOf(passage),
    content: [{ type: 'text', text: passage.text }],
  }));
  return [{ type: 'text', text: PASSAGES_PREFACE }, ...results].map((block) =>
    JSON.stringify(block),
  );
}

/** The block with citations enabled, if it is a search result. */
export function citedBlock(block: string): string {
  return isSearchResult(block) ? `${block.slice(0, -1)},"citations":{"enabled":true}}` : block;
}

export function isSearchResult(block: string): boolean {
  return block.startsWith('{"type":"search_result"');
}

function titleOf({ title, headings }: Passage): string {
  const sections = headings.filter((heading) => heading !== title);
  return [title, ...sections].join(' › ');
}

/** The fence is derived from a hash of the texts, so no passage can close it. */
function fencedText(passages: readonly Passage[]): string {
  const texts = passages.map(({ text }) => text);
  const fence = `passages-${hash('sha256', JSON.stringify(texts), 'hex').slice(0, 12)}`;
  const entries = passages.map(
    (passage, position) =>
      `[${position + 1}] ${titleOf(passage)} (${passage.source})\n${passage.text}`,
  );
  return `${PASSAGES_PREFACE}\n<${fence}>\n${entries.join('\n\n')}\n</${fence}>`;
}

/** Appends blocks to a message's content; string content becomes the first block. */
export function contentEdit(
  text: string,
  content: JsonString | JsonArray,
  blocks: readonly string[],
): Edit[] {
  if (blocks.length === 0) return [];
  const added = blocks.join(',');
  if (content.kind === 'string') {
    const original = `{"type":"text","text":${text.slice(content.start, content.end)}}`;
    return [{ start: content.start, end: content.end, text: `[${original},${added}]` }];
  }
  const position = content.end - 1;
  return [{ start: position, end: position, text: content.items.length > 0 ? `,${added}` : added }];
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
  const position = root.end - 1;
  return [
    {
      start: position,
      end: position,
      text: `${root.properties.length > 0 ? ',' : ''}"system":${list}`,
    },
  ];
}
