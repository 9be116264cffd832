// Finds a conversation's user turns and hashes everything up to each of them. The hash is stable across
// turns: it ignores cache markers, omitted thinking, and whether a text is a string or a block.

import { createHash } from 'node:crypto';
import type {
  JsonArray,
  Property,
  JsonObject,
  JsonNode,
  JsonString,
} from '../../shared/json/parse.ts';
import { property, stringAt, textProperty } from '../../shared/json/edit.ts';
import { questionOf } from './question.ts';

/** A message with a user's question. */
export interface Turn {
  /** Index of the message. */
  readonly message: number;
  readonly content: JsonString | JsonArray;
  readonly question: string;
  /** Hex hash of the conversation up to and including this turn. */
  readonly hash: string;
}

export interface Conversation {
  readonly messages: readonly JsonNode[];
  readonly turns: readonly Turn[];
  /** Whether the last turn awaits a response: only system messages and a prefilled response may follow. */
  readonly isAsking: boolean;
}

const SIGNED = new Set(['thinking', 'redacted_thinking']);

export function readConversation(text: string, root: JsonNode): Conversation {
  const list = property(root, text, 'messages');
  const messages = list?.kind === 'array' ? list.items : [];
  const hash = createHash('sha256');
  const turns: Turn[] = [];
  for (const [index, message] of messages.entries()) {
    const content = property(message, text, 'content');
    hash.update(`\n${textProperty(message, text, 'role') ?? ''}\n${normalContent(text, content)}`);
    const question = questionOf(text, message);
    if (question === undefined || !isContent(content)) continue;
    turns.push({ message: index, content, question, hash: hash.copy().digest('hex') });
  }
  return { messages, turns, isAsking: isAsking(text, messages, turns.at(-1)) };
}

function isContent(content: JsonNode | undefined): content is JsonString | JsonArray {
  return content?.kind === 'string' || content?.kind === 'array';
}

function isAsking(text: string, messages: readonly JsonNode[], last: Turn | undefined): boolean {
  if (!last) return false;
  const roles = messages.slice(last.message + 1).map((item) => textProperty(item, text, 'role'));
  const withoutPrefill = roles.at(-1) === 'assistant' ? roles.slice(0, -1) : roles;
  return withoutPrefill.every((role) => role === 'system');
}

function normalContent(text: string, content: JsonNode | undefined): string {
  if (content?.kind === 'string') return normalText(text, content);
  if (content?.kind !== 'array') return content ? text.slice(content.start, content.end) : '';
  return content.items
    .filter((block) => !SIGNED.has(textProperty(block, text, 'type') ?? ''))
    .map((block) => normalBlock(text, block))
    .join('\n');
}

function normalBlock(text: string, block: JsonNode): string {
  const textNode = block.kind === 'object' ? plainText(text, block) : undefined;
  return textNode ? normalText(text, textNode) : normalJson(text, block);
}

/** The string of a plain text block; `cache_control` is ignored. */
function plainText(text: string, block: JsonObject): JsonString | undefined {
  if (textProperty(block, text, 'type') !== 'text') return undefined;
  const propertyCount = entriesOf(text, block).length;
  const textNode = property(block, text, 'text');
  return propertyCount === 2 && textNode?.kind === 'string' ? textNode : undefined;
}

function normalText(text: string, { start, end }: JsonString): string {
  return `text ${text.slice(start, end)}`;
}

function entriesOf(text: string, { properties }: JsonObject): readonly Property[] {
  return properties.filter(({ key }) => stringAt(text, key) !== 'cache_control');
}

/** JSON without whitespace and cache markers. Iterative, because input may be deeply nested. */
function normalJson(text: string, root: JsonNode): string {
  const chunks: string[] = [];
  const pending: (JsonNode | string)[] = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === 'string') chunks.push(next);
    else if (next.kind === 'object') {
      pending.push('}');
      for (const { key, value } of entriesOf(text, next).toReversed())
        pending.push(',', value, ':', key);
      pending.push('{');
    } else if (next.kind === 'array') {
      pending.push(']');
      for (const item of next.items.toReversed()) pending.push(',', item);
      pending.push('[');
    } else chunks.push(text.slice(next.start, next.end));
  }
  return chunks.join('');
}
