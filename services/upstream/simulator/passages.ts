// Finds the passages of documents that llmp added to a request, in each form that it has.

import { PASSAGES_PREFACE } from '../../../shared/retrieval/preface.ts';
import type { ContentBlock, Conversation } from './request.ts';

/** Blocks without those that llmp added, which follow the client's own. */
export function withoutPassages(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
  const start = blocks.findIndex(isPreface);
  return start < 0 ? blocks : blocks.slice(0, start);
}

/** Each passage with its number, title and source in its first line. */
export function passagesIn({ system, messages }: Conversation): readonly string[] {
  const lists = [system, ...messages.map(({ content }) => content)];
  const texts = lists.flatMap((list) => addedTexts(blocksOf(list)));
  return texts.map((text, position) => `[${position + 1}] ${text}`);
}

function addedTexts(blocks: readonly ContentBlock[]): readonly string[] {
  const start = blocks.findIndex(isPreface);
  if (start < 0) return [];
  const [preface, ...results] = blocks.slice(start);
  const found = results.filter(({ type }) => type === 'search_result').map(resultText);
  return [...fencedTexts(textOf(preface)), ...found];
}

/** In the forms `text` and `system`, all passages are in one block, each with a number of its own. */
function fencedTexts(text: string): readonly string[] {
  const opening = /\n<(passages-[0-9a-f]+)>\n/y;
  opening.lastIndex = PASSAGES_PREFACE.length;
  const [head, fence] = opening.exec(text) ?? [];
  const closing = `\n</${fence}>`;
  if (head === undefined || !text.endsWith(closing)) return [];
  const inner = text.slice(PASSAGES_PREFACE.length + head.length, -closing.length);
  return inner.split(/\n\n(?=\[\d+\] )/).map((each) => each.replace(/^\[\d+\] /, ''));
}

function isPreface(block: ContentBlock): boolean {
  return block.type === 'text' && textOf(block).startsWith(PASSAGES_PREFACE);
}

function resultText(block: ContentBlock): string {
  const text = blocksOf(block['content']).map(textOf).join('\n');
  return `${String(block['title'])} (${String(block['source'])})\n${text}`;
}

function blocksOf(content: unknown): readonly ContentBlock[] {
  const entries: readonly unknown[] = Array.isArray(content) ? content : [];
  return entries.filter((entry): entry is ContentBlock => {
    return typeof entry === 'object' && entry !== null && 'type' in entry;
  });
}

function textOf(block: ContentBlock | undefined): string {
  return typeof block?.['text'] === 'string' ? block['text'] : '';
}
