// A conversation as the rag worker sees it: its turns in which a person asks something, each with a hash
// of all that was said up to it. The hash is the same on every later turn, whatever clients change
// without changing what is said (docs/anthropic-contract.md#conversation-identity): where cache markers
// stand, a text as a string or as a block, and thinking that was left out.

import { createHash } from 'node:crypto';
import type {
  JsonArray,
  Entry,
  JsonObject,
  JsonNode,
  JsonString,
} from '../../shared/json/parse.ts';
import { property, stringAt, textProperty } from '../../shared/json/edit.ts';
import { questionOf } from './question.ts';

/** A message in which a person asks something. */
export interface Turn {
  /** Index of the message. */
  readonly message: number;
  readonly content: JsonString | JsonArray;
  readonly question: string;
  /** Of the conversation up to and with this turn, hex. */
  readonly hash: string;
}

export interface Conversation {
  readonly messages: readonly JsonNode[];
  readonly turns: readonly Turn[];
  /** Whether the last turn is still to be answered: nothing but notes and a begun answer follow it. */
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
  const behind = messages.slice(last.message + 1).map((item) => textProperty(item, text, 'role'));
  const begun = behind.at(-1) === 'assistant' ? behind.slice(0, -1) : behind;
  return begun.every((role) => role === 'system');
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
  const words = block.kind === 'object' ? plainText(text, block) : undefined;
  return words ? normalText(text, words) : normalJson(text, block);
}

/** The text of a block that is a text and nothing else, cache marker aside. */
function plainText(text: string, block: JsonObject): JsonString | undefined {
  if (textProperty(block, text, 'type') !== 'text') return undefined;
  const others = kept(text, block).length;
  const words = property(block, text, 'text');
  return others === 2 && words?.kind === 'string' ? words : undefined;
}

function normalText(text: string, { start, end }: JsonString): string {
  return `text ${text.slice(start, end)}`;
}

function kept(text: string, { entries }: JsonObject): readonly Entry[] {
  return entries.filter(({ key }) => stringAt(text, key) !== 'cache_control');
}

/** The JSON without whitespace between and without cache markers; iterative, as it may be nested deeply. */
function normalJson(text: string, root: JsonNode): string {
  const chunks: string[] = [];
  const open: (JsonNode | string)[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') chunks.push(next);
    else if (next.kind === 'object') {
      open.push('}');
      for (const { key, value } of kept(text, next).toReversed()) open.push(',', value, ':', key);
      open.push('{');
    } else if (next.kind === 'array') {
      open.push(']');
      for (const item of next.items.toReversed()) open.push(',', item);
      open.push('[');
    } else chunks.push(text.slice(next.start, next.end));
  }
  return chunks.join('');
}
