// Lists every tool, MCP server, skill and model that a request can declare or name, wherever it stands.
// Both values of a duplicate field count, because JSON parsers differ in which one they use.

import type { JsonNode, JsonObject } from '../json/parse.ts';
import type { TopLevel } from './parsed-request.ts';
import { stringAt } from '../json/edit.ts';
import { itemsOf, textsOf, valuesOf } from '../json/values.ts';

export const TOOL_KINDS = ['client', 'server', 'mcp'] as const;

/** Where a tool runs: at the client, at the upstream, or at a server that the upstream calls. */
export type ToolKind = (typeof TOOL_KINDS)[number];

export interface DeclaredTool {
  readonly name: string;
  readonly kind: ToolKind;
  /** The MCP server that offers this tool, where the request names both. */
  readonly server?: string;
  /** Whether it runs beyond the client. The client's own MCP tools do not. */
  readonly isRemote: boolean;
}

export interface Declarations {
  readonly tools: readonly DeclaredTool[];
  /** `model`, then those of fallbacks and of tools. */
  readonly models: readonly string[];
  /** `fallbacks` as a text such as `default`, which lets the upstream choose. */
  readonly chosenByUpstream: readonly string[];
  /** The largest `max_tokens`, also of fallbacks; 0 if absent, as in count_tokens requests. */
  readonly maxTokens: number;
}

/** Tools that clients run; any other type runs at the upstream, also one that is not known yet. */
const CLIENT_TOOL =
  /^(custom|(bash|text_editor|computer|memory|browser_toolset|computer_toolset)_\d{8})$/;
/** The upstream's tools, whose names are fixed. */
const SERVER_TOOL =
  /^(web_search|web_fetch|advisor|tool_search_tool_\w+?|(bash_|text_editor_)?code_execution)(_\d{8})?$/;
/** Claude Code prefixes tools of MCP servers: `mcp__github__create_issue`. */
const MCP_PREFIX = 'mcp__';
const MCP_TOOLSET = 'mcp_toolset';
const REFERENCES = new Set(['tool_reference', 'mcp_tool_reference', 'mcp_toolset_reference']);
const CHOICES = new Set(['auto', 'any', 'tool', 'none']);
/** The user's and the model's own data, in which a `tools` means nothing. */
const OPAQUE_KEYS = new Set(['input', 'input_schema', 'input_examples', 'schema', 'metadata']);

const declarationsByRoot = new WeakMap<JsonNode, Declarations>();

/** Cached, because several workers need them. */
export function declarationsOf(request: TopLevel): Declarations {
  const known = declarationsByRoot.get(request.root);
  if (known) return known;
  const declarations = new Reader(request.text).read(request.root);
  declarationsByRoot.set(request.root, declarations);
  return declarations;
}

class Reader {
  readonly #text: string;
  readonly #tools: DeclaredTool[] = [];
  readonly #servers: DeclaredTool[] = [];
  readonly #references: DeclaredTool[] = [];
  readonly #toolModels: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(root: JsonNode): Declarations {
    // Top-level tools come first, wherever the body has them.
    for (const tool of this.#items(root, 'tools')) this.#tool(tool);
    this.#search(root);
    const declared = this.#tools.concat(this.#servers);
    const known = new Set(this.#references.length === 0 ? [] : declared.map(keyOf));
    const fallbacks = this.#items(root, 'fallbacks');
    const maxTokens = [root, ...fallbacks].reduce(
      (most, node) => Math.max(most, this.#largest(node, 'max_tokens')),
      0,
    );
    return {
      // A reference adds nothing to a tool that is declared.
      tools: declared.concat(this.#references.filter((tool) => !known.has(keyOf(tool)))),
      models: [root, ...fallbacks]
        .flatMap((node) => this.#texts(node, 'model'))
        .concat(this.#toolModels),
      chosenByUpstream: this.#texts(root, 'fallbacks'),
      maxTokens,
    };
  }

  /** Searches all objects for declarations; iterative, because bodies may nest deeply. */
  #search(root: JsonNode): void {
    const open: JsonNode[] = [root];
    for (let node = open.pop(); node; node = open.pop()) {
      const children =
        node.kind === 'array'
          ? node.items
          : node.kind === 'object'
            ? this.#object(node, node === root)
            : [];
      // From the end, so that declarations keep their order.
      for (let at = children.length - 1; at >= 0; at -= 1) {
        const child = children[at];
        if (child?.kind === 'object' || child?.kind === 'array') open.push(child);
      }
    }
  }

  /** Adds what an object declares, and returns its other values. */
  #object(node: JsonObject, isRoot: boolean): JsonNode[] {
    const children: JsonNode[] = [];
    const types = this.#texts(node, 'type');
    if (types.length === 1 && types[0] === 'tool_removal') return children;
    if (types.some((type) => REFERENCES.has(type))) this.#reference(node, types);
    const isListing = types.includes('mcp_tool_listing');
    if (isListing) this.#toolset(node);
    for (const { key, value } of node.properties) {
      const name = stringAt(this.#text, key);
      if (OPAQUE_KEYS.has(name)) continue;
      const items = value.kind === 'array' ? value.items : [];
      if (name === 'tools') {
        if (!isRoot && !isListing) for (const item of items) this.#tool(item);
      } else if (name === 'tool' && value.kind === 'object') this.#tool(value);
      else if (name === 'definition' && value.kind === 'object') this.#tool(value);
      else if (name === 'tool_choice') this.#choice(value);
      else if (name === 'mcp_servers') for (const item of items) this.#server(item);
      else if (name === 'skills') for (const item of items) this.#skill(item);
      else children.push(value);
    }
    return children;
  }

  /** A definition, or something that refers to one or holds one. */
  #tool(node: JsonNode): void {
    if (node.kind !== 'object') return;
    const types = this.#texts(node, 'type');
    const definitions = valuesOf(node, this.#text, 'definition');
    for (const definition of definitions) {
      if (definition.kind === 'object') this.#define(definition, this.#texts(definition, 'type'));
    }
    if (types.some((type) => REFERENCES.has(type))) this.#reference(node, types);
    const own = types.filter((type) => !REFERENCES.has(type) && type !== 'tool_definition');
    if (own.length > 0 || (types.length === 0 && definitions.length === 0)) this.#define(node, own);
  }

  #define(node: JsonNode, types: readonly string[]): void {
    if (types.includes(MCP_TOOLSET)) this.#toolset(node);
    const others = types.filter((type) => type !== MCP_TOOLSET);
    const isOdd = valuesOf(node, this.#text, 'type').some(
      ({ kind }) => kind !== 'string' && kind !== 'null',
    );
    const remote = others.filter((type) => !CLIENT_TOOL.test(type));
    const isServer = isOdd || remote.length > 0;
    for (const model of isServer ? this.#modelsIn(node) : this.#texts(node, 'model')) {
      this.#toolModels.push(model);
    }
    if (types.length > 0 && others.length === 0) return;
    const named = this.#texts(node, 'name');
    const families = (isServer ? remote : others).map(familyOf);
    // The upstream knows its own tools by their type, whatever the request calls them.
    const fixed = families.filter((family) => isServer && SERVER_TOOL.test(family));
    const names = named.length > 0 ? named : families;
    for (const name of names.length > 0 ? names : ['']) this.#add(name, isServer);
    if (named.length === 0 || fixed.length === 0) return;
    for (const family of new Set(fixed).difference(new Set(named))) this.#add(family, true);
  }

  #add(name: string, isRemote: boolean): void {
    this.#tools.push({ name, kind: isRemote ? 'server' : ownKind(name), isRemote });
  }

  /** An MCP server's tools: the server, and those of its tools that are named. */
  #toolset(node: JsonNode): void {
    const servers = this.#namesOf(node, ['mcp_server_name', 'server_name', 'name']);
    const configured = valuesOf(node, this.#text, 'configs').flatMap((configs) =>
      configs.kind === 'object' ? configs.properties : [],
    );
    const members = [
      ...configured
        .filter(({ value }) => !this.#isDisabled(value))
        .map(({ key }) => stringAt(this.#text, key)),
      ...this.#items(node, 'tools').flatMap((tool) => this.#texts(tool, 'name')),
    ];
    addServers(this.#tools, servers, members);
  }

  #server(node: JsonNode): void {
    const servers = this.#namesOf(node, ['name', 'url']);
    const allowed = valuesOf(node, this.#text, 'tool_configuration')
      .flatMap((configuration) => this.#items(configuration, 'allowed_tools'))
      .flatMap((tool) => (tool.kind === 'string' ? stringAt(this.#text, tool) : []));
    addServers(this.#servers, servers, allowed);
  }

  /** Skills run in the upstream's container. */
  #skill(node: JsonNode): void {
    for (const name of this.#namesOf(node, ['skill_id'])) {
      this.#tools.push({ name, kind: 'server', isRemote: true });
    }
  }

  #choice(node: JsonNode): void {
    if (node.kind !== 'object') return;
    for (const name of this.#texts(node, 'name')) this.#refer(name);
    for (const type of this.#texts(node, 'type')) {
      if (!CHOICES.has(type)) {
        this.#references.push({ name: familyOf(type), kind: 'server', isRemote: true });
      }
    }
  }

  #reference(node: JsonNode, types: readonly string[]): void {
    const servers = this.#texts(node, 'server_name');
    const names = [...this.#texts(node, 'name'), ...this.#texts(node, 'tool_name')];
    if (types.includes('tool_reference')) for (const name of names) this.#refer(name);
    const members = types.includes('mcp_tool_reference') ? names : [];
    addServers(this.#references, servers, members);
  }

  /** A tool by its name alone. */
  #refer(name: string): void {
    const isServer = SERVER_TOOL.test(name);
    this.#references.push({
      name,
      kind: isServer ? 'server' : ownKind(name),
      isRemote: isServer,
    });
  }

  /** All models in the definition of a tool that the upstream runs. */
  #modelsIn(tool: JsonNode): string[] {
    const models: string[] = [];
    const open: JsonNode[] = [tool];
    for (let node = open.pop(); node; node = open.pop()) {
      if (node.kind === 'array') for (const item of node.items) open.push(item);
      if (node.kind !== 'object') continue;
      for (const model of this.#texts(node, 'model')) models.push(model);
      for (const { key, value } of node.properties) {
        if (!OPAQUE_KEYS.has(stringAt(this.#text, key))) open.push(value);
      }
    }
    return models;
  }

  #isDisabled(config: JsonNode): boolean {
    const enabled = valuesOf(config, this.#text, 'enabled');
    return enabled.length > 0 && enabled.every(({ kind }) => kind === 'false');
  }

  /** The values of the first of these fields that has any; an empty name where none has. */
  #namesOf(node: JsonNode, keys: readonly string[]): string[] {
    const names = keys.map((key) => this.#texts(node, key)).find(({ length }) => length > 0);
    return names ?? [''];
  }

  #largest(node: JsonNode, key: string): number {
    let largest = 0;
    for (const { kind, start, end } of valuesOf(node, this.#text, key)) {
      if (kind === 'number') largest = Math.max(largest, Number(this.#text.slice(start, end)));
    }
    return largest;
  }

  #texts(node: JsonNode, key: string): string[] {
    return textsOf(node, this.#text, key);
  }

  #items(node: JsonNode, key: string): JsonNode[] {
    return itemsOf(node, this.#text, key);
  }
}

/** Adds MCP servers and those of their tools that are named. */
function addServers(
  tools: DeclaredTool[],
  servers: readonly string[],
  members: readonly string[],
): void {
  for (const name of servers) tools.push({ name, kind: 'mcp', isRemote: true });
  const [server] = servers;
  // With duplicate names it is not clear which server is meant.
  const owner = servers.length === 1 && server !== undefined ? { server } : {};
  for (const name of new Set(members)) {
    tools.push({ name, kind: 'mcp', ...owner, isRemote: true });
  }
}

function keyOf({ name, server = '' }: DeclaredTool): string {
  return JSON.stringify([server, name]);
}

/** `web_search` of `web_search_20250305`. */
function familyOf(type: string): string {
  return type.replace(/_\d{8}$/, '');
}

function ownKind(name: string): ToolKind {
  return name.startsWith(MCP_PREFIX) ? 'mcp' : 'client';
}
