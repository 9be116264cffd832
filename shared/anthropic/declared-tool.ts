// A tool, MCP server or skill that a request declares or names.

import type { JsonNode } from '../json/parse.ts';
import { listed, valuesOf } from '../json/values.ts';

export const TOOL_KINDS = ['client', 'server', 'mcp'] as const;

/** Where a tool runs: at the client, at the upstream, or at a server that the upstream calls. */
export type ToolKind = (typeof TOOL_KINDS)[number];

export interface DeclaredTool {
  readonly name: string;
  readonly kind: ToolKind;
  /** The MCP server that offers this tool, where the request names both. */
  readonly server?: string;
  /** Whether it runs outside the client, unlike the client's own MCP tools. */
  readonly isRemote: boolean;
}

/** Claude Code prefixes tools of MCP servers: `mcp__github__create_issue`. */
const MCP_PREFIX = 'mcp__';

/** MCP servers and those of their tools that are named. */
export function* serverTools(
  servers: readonly string[],
  members: readonly string[],
): Generator<DeclaredTool> {
  for (const name of servers) yield { name, kind: 'mcp', isRemote: true };
  const [server] = servers;
  // With duplicate names it is not clear which server is meant.
  const owner = servers.length === 1 && server !== undefined ? { server } : {};
  for (const name of new Set(members)) yield { name, kind: 'mcp', ...owner, isRemote: true };
}

/** Equal for tools of one name at one server. */
export function keyOf({ name, server = '' }: DeclaredTool): string {
  return JSON.stringify([server, name]);
}

/** The kind of a tool that the client runs. */
export function ownKind(name: string): ToolKind {
  return name.startsWith(MCP_PREFIX) ? 'mcp' : 'client';
}

/** An object with one of these keys is an item, not a map of items by name. */
const ITEM_KEYS = ['type', 'definition', 'skill_id', 'url'];

/** The items of a list, of a map by name, or a single item in place of a list. */
export function membersOf(value: JsonNode, text: string): JsonNode[] {
  if (value.kind !== 'object') return listed(value);
  const isItem = ITEM_KEYS.some((key) => valuesOf(value, text, key).length > 0);
  const values = value.properties.map((property) => property.value);
  return isItem ? [value] : values.filter(({ kind }) => kind === 'object');
}
