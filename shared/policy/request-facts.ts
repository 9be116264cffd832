// Facts about a request as a whole, without its texts. Both values of a duplicate field count,
// because JSON parsers differ in which one they use.

import { inputEstimate } from '../metering/token-estimate.ts';
import type { JsonNode } from '../json/parse.ts';
import { everyProperty, stringAt } from '../json/edit.ts';
import type { ParsedRequest } from '../anthropic/parsed-request.ts';

export const TOOL_KINDS = ['client', 'server', 'mcp'] as const;

/** Where a tool runs: at the client, at the upstream, or at a server that the upstream calls. */
export type ToolKind = (typeof TOOL_KINDS)[number];

export interface ToolFact {
  readonly name: string;
  readonly kind: ToolKind;
}

export interface RequestFacts {
  /** All named models: `model`, and those of fallbacks and advisor tools. */
  readonly models: readonly string[];
  readonly tools: readonly ToolFact[];
  /** Estimated; see token-estimate.ts. */
  readonly inputTokens: number;
  /** `max_tokens`; 0 if absent, as in count_tokens requests. */
  readonly outputTokens: number;
  readonly bodyBytes: number;
  readonly images: number;
}

/** Tools that Anthropic runs; the rest of the type is a date. */
const SERVER_TOOL = /^(web_search|web_fetch|code_execution|tool_search|advisor)_/;
/** Claude Code prefixes tools of MCP servers: `mcp__github__create_issue`. */
const MCP_PREFIX = 'mcp__';

const factsByBody = new WeakMap<ParsedRequest, RequestFacts>();

/** Returns the facts of a request; cached, because several workers need them. */
export function requestFactsOf(body: ParsedRequest): RequestFacts {
  const known = factsByBody.get(body);
  if (known) return known;
  const facts = readFacts(body);
  factsByBody.set(body, facts);
  return facts;
}

function readFacts({ text, root, bytes }: ParsedRequest): RequestFacts {
  const tools = [...itemsOf(root, text, 'tools'), ...addedTools(root, text)];
  const models = [
    ...texts(root, text, 'model'),
    // A string instead of a list leaves the choice to the upstream.
    ...texts(root, text, 'fallbacks'),
    ...[...itemsOf(root, text, 'fallbacks'), ...tools].flatMap((item) =>
      texts(item, text, 'model'),
    ),
  ];
  const servers = itemsOf(root, text, 'mcp_servers').flatMap((item) => texts(item, text, 'name'));
  return {
    models,
    tools: [
      ...tools.flatMap((tool) => toolFacts(tool, text)),
      ...servers.map((name) => ({ name, kind: 'mcp' as const })),
    ],
    inputTokens: inputEstimate(bytes),
    outputTokens: Math.max(0, ...numbers(root, text, 'max_tokens')),
    bodyBytes: bytes.byteLength,
    images: imagesIn(root, text),
  };
}

function toolFacts(tool: JsonNode, text: string): ToolFact[] {
  const types = texts(tool, text, 'type');
  const isToolset = types.includes('mcp_toolset');
  const names = texts(tool, text, isToolset ? 'mcp_server_name' : 'name');
  return names.map((name) => {
    if (isToolset || name.startsWith(MCP_PREFIX)) return { name, kind: 'mcp' };
    return { name, kind: types.some((type) => SERVER_TOOL.test(type)) ? 'server' : 'client' };
  });
}

/** Returns tools added during a conversation, in `tool_addition` blocks. */
function addedTools(root: JsonNode, text: string): JsonNode[] {
  const blocks = itemsOf(root, text, 'messages').flatMap((message) =>
    itemsOf(message, text, 'content'),
  );
  const additions = blocks.filter((block) => texts(block, text, 'type').includes('tool_addition'));
  return additions.flatMap((block) => [
    ...itemsOf(block, text, 'tools'),
    ...everyProperty(block, text, 'tool'),
  ]);
}

/** Counts image blocks at any depth; iterative, because bodies may nest deeply. */
function imagesIn(root: JsonNode, text: string): number {
  let images = 0;
  const open: JsonNode[] = [root];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'array') for (const item of next.items) open.push(item);
    if (next.kind !== 'object') continue;
    let isImage = false;
    for (const { key, value } of next.properties) {
      isImage ||= isWritten(text, value, 'image') && isWritten(text, key, 'type');
      open.push(value);
    }
    if (isImage) images += 1;
  }
  return images;
}

/** Whether `node` is a string with that value; each character may be a six-character escape. */
function isWritten(text: string, node: JsonNode, value: string): boolean {
  const length = node.end - node.start - 2;
  if (node.kind !== 'string' || length < value.length || length > 6 * value.length) return false;
  return stringAt(text, node) === value;
}

function itemsOf(node: JsonNode, text: string, key: string): JsonNode[] {
  return [...everyProperty(node, text, key)].flatMap((list) =>
    list.kind === 'array' ? list.items : [],
  );
}

function texts(node: JsonNode, text: string, key: string): string[] {
  return [...everyProperty(node, text, key)].flatMap((value) =>
    value.kind === 'string' ? stringAt(text, value) : [],
  );
}

function numbers(node: JsonNode, text: string, key: string): number[] {
  return [...everyProperty(node, text, key)].flatMap((value) =>
    value.kind === 'number' ? Number(text.slice(value.start, value.end)) : [],
  );
}
