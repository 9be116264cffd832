// What the type of a tool says: where the tool runs, and the names by which its upstream knows it.

/** Tools that clients run; any other type runs at the upstream, also one that is not known yet. */
const CLIENT_TOOL =
  /^(custom|(bash|text_editor|computer|memory|browser_toolset|computer_toolset)_\d{8})$/;
/** The upstream's tools, whose names are fixed. */
const SERVER_TOOL =
  /^(web_search|web_fetch|advisor|tool_search_tool_\w+?|(bash_|text_editor_)?code_execution)(_\d{8})?$/;
/** Any version of such a tool, in any spelling. */
const SERVER_FAMILY =
  /^(web_search|web_fetch|advisor|tool_search_tool|(?:bash_|text_editor_)?code_execution)(?![a-z])/;
const VERSION = /_\d{8}$/;
const MCP_TOOLSET = /^mcp_toolset(_\d+)?$/;
const REFERENCES = new Set(['tool_reference', 'mcp_tool_reference', 'mcp_toolset_reference']);
/** The names of client tools that are not those of their types. */
const CLIENT_NAMES: Readonly<Record<string, readonly string[]>> = {
  text_editor: ['str_replace_based_edit_tool', 'str_replace_editor'],
};

/** Exact, so that an unusual spelling counts as an unknown type. */
export function isClientType(type: string): boolean {
  return CLIENT_TOOL.test(type);
}

export function isServerTool(nameOrType: string): boolean {
  return SERVER_TOOL.test(nameOrType.toLowerCase());
}

/** Whether an object of this type defines a tool wherever it stands. */
export function isAlwaysTool(type: string): boolean {
  const lower = type.toLowerCase();
  return MCP_TOOLSET.test(lower) || (VERSION.test(lower) && SERVER_TOOL.test(lower));
}

export function isToolset(type: string): boolean {
  return MCP_TOOLSET.test(type.toLowerCase());
}

export function isReference(type: string): boolean {
  return REFERENCES.has(type.toLowerCase());
}

/** `web_search` of `web_search_20250305`. */
export function familyOf(type: string): string {
  return type.toLowerCase().replace(VERSION, '');
}

/** Whatever the request calls a tool, its upstream knows it by these names. */
export function fixedNames(type: string): readonly string[] {
  const family = familyOf(type);
  if (family === '' || family === 'custom') return [];
  if (isClientType(type)) return CLIENT_NAMES[family] ?? [family];
  const known = isServerTool(type) ? undefined : SERVER_FAMILY.exec(family)?.[1];
  return known === undefined || known === family ? [family] : [family, known];
}
