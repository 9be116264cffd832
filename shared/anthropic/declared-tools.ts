// Lists every tool, MCP server, skill and model that a request declares or names. Counts every form that
// some upstream accepts: duplicate fields, keys in any letter case, nested lists, and a value for a list.

import { LlmpError } from '../errors.ts';
import { finished } from '../runtime/finished.ts';
import type { JsonNode, JsonObject } from '../json/parse.ts';
import type { TopLevel } from './parsed-request.ts';
import { stringAt } from '../json/edit.ts';
import { keyOf, membersOf, ownKind, serverTools, type DeclaredTool } from './declared-tool.ts';
import { foldedKey, listed, listedTexts, textsOf, valuesOf } from '../json/values.ts';
import { choicesOfUpstream, modelsIn, OPAQUE_KEYS, settingModels } from './named-models.ts';
import {
  familyOf,
  fixedNames,
  isAlwaysTool,
  isClientType,
  isReference,
  isServerTool,
  isToolset,
} from './tool-types.ts';

export interface Declarations {
  readonly tools: readonly DeclaredTool[];
  /** `model`, then those of fallbacks, other settings and tools. */
  readonly models: readonly string[];
  /** `fallbacks` as a text such as `default`, which lets the upstream choose. */
  readonly chosenByUpstream: readonly string[];
  /** The largest `max_tokens`, also of fallbacks; 0 if absent, as in count_tokens requests. */
  readonly maxTokens: number;
}

/** Fields whose values are tools. */
const TOOL_KEYS = new Set(['tools', 'tool', 'definition']);
const SERVER_NAMES = ['mcp_server_name', 'server_name'];
const CHOICES = new Set(['auto', 'any', 'tool', 'none']);
/** As many as the upstream can search for tools, so that reading them stays short. */
const DECLARED_MAX = 10_000;

const declarationsByRoot = new WeakMap<JsonNode, Declarations>();

/** Cached, because several workers need them. @throws `invalid_request` if there are too many */
export function declarationsOf(request: TopLevel): Declarations {
  return declarationsByRoot.get(request.root) ?? finished(declarationSteps(request));
}

/** Like `declarationsOf`, in steps. */
export function* declarationSteps(request: TopLevel): Generator<void, Declarations> {
  const known = declarationsByRoot.get(request.root);
  if (known) return known;
  const declarations = yield* new Reader(request.text).read(request.root);
  declarationsByRoot.set(request.root, declarations);
  return declarations;
}

/** Values searched between two yields: about a millisecond. */
const STEP_VALUES = 1_024;

class Reader {
  readonly #text: string;
  readonly #tools: DeclaredTool[] = [];
  readonly #servers: DeclaredTool[] = [];
  readonly #references = new Map<string, DeclaredTool>();
  readonly #toolModels: string[] = [];
  /** Values of fields that hold tools, and those of them that were read. */
  readonly #places = new Set<JsonNode>();
  readonly #read = new Set<JsonNode>();

  constructor(text: string) {
    this.#text = text;
  }

  *read(root: JsonNode): Generator<void, Declarations> {
    // Top-level tools come first, wherever the body has them.
    for (const tool of this.#members(root, 'tools')) this.#tool(tool);
    yield;
    yield* this.#search(root);
    const declared = this.#tools.concat(this.#servers);
    const known = new Set(this.#references.size === 0 ? [] : declared.map(keyOf));
    const fallbacks = this.#members(root, 'fallbacks');
    yield;
    const maxTokens = [root, ...fallbacks].reduce(
      (most, node) => Math.max(most, this.#largest(node, 'max_tokens')),
      0,
    );
    return {
      // A reference adds nothing to a tool that is declared.
      tools: declared.concat(
        [...this.#references].flatMap(([key, tool]) => (known.has(key) ? [] : tool)),
      ),
      models: this.#checked([...(yield* settingModels(this.#text, root)), ...this.#toolModels]),
      chosenByUpstream: choicesOfUpstream(this.#text, root),
      maxTokens,
    };
  }

  /** Searches all objects for declarations; iterative, because bodies may nest deeply. */
  *#search(root: JsonNode): Generator<void, void> {
    const open: JsonNode[] = [root];
    let read = 0;
    for (let node = open.pop(); node; node = open.pop()) {
      if ((read += 1) % STEP_VALUES === 0) yield;
      if (this.#places.has(node)) this.#tool(node);
      const children: readonly JsonNode[] =
        node.kind === 'array'
          ? node.items
          : node.kind === 'object'
            ? yield* this.#object(node)
            : [];
      // From the end, so that declarations keep their order.
      for (let at = children.length - 1; at >= 0; at -= 1) {
        const child = children[at];
        if (!child) continue;
        if ((read += 1) % STEP_VALUES === 0) yield;
        if (child.kind === 'object' || child.kind === 'array' || this.#places.has(child)) {
          open.push(child);
        }
      }
    }
  }

  /** Reads what an object declares, and returns its other values. */
  *#object(node: JsonObject): Generator<void, JsonNode[]> {
    const children: JsonNode[] = [];
    const types = this.#texts(node, 'type');
    if (types.some((type) => isReference(type) || isAlwaysTool(type))) this.#tool(node);
    const isRemoval = types.length === 1 && types[0] === 'tool_removal';
    const isListing = types.some((type) => type.toLowerCase() === 'mcp_tool_listing');
    if (isListing) this.#toolset(node);
    const holdsMembers = isListing || types.some(isToolset);
    for (const [index, { key, value }] of node.properties.entries()) {
      if (index % STEP_VALUES === STEP_VALUES - 1) yield;
      const name = foldedKey(stringAt(this.#text, key));
      if (OPAQUE_KEYS.has(name)) continue;
      if (name === 'tools' && holdsMembers) continue;
      if (name === 'tool' && isRemoval) continue;
      if (TOOL_KEYS.has(name)) {
        const members = name === 'tools' ? membersOf(value, this.#text) : listed(value);
        for (const member of members) this.#places.add(member);
      } else if (name === 'tool_choice') for (const one of listed(value)) this.#choice(one);
      else if (name === 'mcp_servers') {
        for (const server of membersOf(value, this.#text)) this.#server(server);
      } else if (name === 'skills') {
        for (const skill of membersOf(value, this.#text)) this.#skill(skill);
      }
      children.push(value);
    }
    return children;
  }

  /** Reads a definition, a reference to one, a wrapper of one, or a name. */
  #tool(node: JsonNode): void {
    if (this.#read.has(node)) return;
    this.#read.add(node);
    if (node.kind === 'string') return this.#refer(stringAt(this.#text, node));
    if (node.kind !== 'object') return;
    const types = this.#typesOf(node);
    if (types.some(isReference)) this.#reference(node, types);
    const own = types.filter((type) => !isReference(type) && type !== 'tool_definition');
    const isWrapper = valuesOf(node, this.#text, 'definition').length > 0;
    if (own.length > 0 || (types.length === 0 && !isWrapper)) this.#define(node, own);
  }

  #define(node: JsonNode, types: readonly string[]): void {
    const hasInvalidType = valuesOf(node, this.#text, 'type').some(
      ({ kind }) => kind !== 'string' && kind !== 'null',
    );
    const others = types.filter((type) => !isToolset(type));
    const remote = others.filter((type) => hasInvalidType || !isClientType(type));
    const isServer = hasInvalidType || remote.length > 0;
    const namesServer = isServer && this.#namesOf(node, SERVER_NAMES)[0] !== '';
    if (others.length < types.length || namesServer) this.#toolset(node);
    const models = isServer
      ? modelsIn(this.#text, node, (key) => TOOL_KEYS.has(key))
      : valuesOf(node, this.#text, 'model').flatMap((value) => listedTexts(this.#text, value));
    for (const model of models) this.#toolModels.push(model);
    this.#checked(this.#toolModels);
    if (types.length > 0 && others.length === 0) return;
    const named = this.#texts(node, 'name');
    const fixed = (isServer ? remote : others).flatMap(fixedNames);
    const isOwnName = named.length > 0 && named.every((name) => fixed.includes(name));
    const names = new Set(isOwnName ? named : named.concat(fixed));
    for (const name of names.size > 0 ? names : ['']) this.#add(name, isServer);
  }

  #add(name: string, isRemote: boolean): void {
    this.#tools.push({ name, kind: isRemote ? 'server' : ownKind(name), isRemote });
    this.#checked(this.#tools);
  }

  /** An MCP server's tools: the server, and those of its tools that are named. */
  #toolset(node: JsonNode): void {
    const servers = this.#namesOf(node, [...SERVER_NAMES, 'name']);
    const configured = valuesOf(node, this.#text, 'configs').flatMap((configs) =>
      configs.kind === 'object' ? configs.properties : [],
    );
    const members = [
      ...configured
        .filter(({ value }) => !this.#isDisabled(value))
        .map(({ key }) => stringAt(this.#text, key)),
      ...this.#members(node, 'tools').flatMap((tool) =>
        tool.kind === 'string' ? stringAt(this.#text, tool) : this.#texts(tool, 'name'),
      ),
    ];
    for (const tool of serverTools(servers, members)) this.#tools.push(tool);
    this.#checked(this.#tools);
  }

  #server(node: JsonNode): void {
    const servers = this.#namesOf(node, ['name', 'url']);
    const allowed = valuesOf(node, this.#text, 'tool_configuration')
      .flatMap((configuration) => this.#members(configuration, 'allowed_tools'))
      .flatMap((tool) => (tool.kind === 'string' ? stringAt(this.#text, tool) : []));
    for (const tool of serverTools(servers, allowed)) this.#servers.push(tool);
    this.#checked(this.#servers);
  }

  /** Skills run in the upstream's container. */
  #skill(node: JsonNode): void {
    for (const name of this.#namesOf(node, ['skill_id'])) this.#add(name, true);
  }

  #choice(node: JsonNode): void {
    const text = node.kind === 'string' ? stringAt(this.#text, node) : undefined;
    if (text !== undefined && !CHOICES.has(text)) this.#refer(text);
    if (node.kind !== 'object') return;
    for (const name of this.#texts(node, 'name')) this.#refer(name);
    for (const type of this.#texts(node, 'type')) {
      if (!CHOICES.has(type))
        this.#remember({ name: familyOf(type), kind: 'server', isRemote: true });
    }
  }

  #reference(node: JsonNode, types: readonly string[]): void {
    const servers = this.#texts(node, 'server_name');
    const names = [...this.#texts(node, 'name'), ...this.#texts(node, 'tool_name')];
    const lower = types.map((type) => type.toLowerCase());
    if (lower.includes('tool_reference')) for (const name of names) this.#refer(name);
    const members = lower.includes('mcp_tool_reference') ? names : [];
    for (const tool of serverTools(servers, members)) this.#remember(tool);
  }

  /** A tool by its name alone. */
  #refer(name: string): void {
    const isServer = isServerTool(name);
    const kind = isServer ? 'server' : ownKind(name);
    for (const one of new Set([name, isServer ? familyOf(name) : name])) {
      this.#remember({ name: one, kind, isRemote: isServer });
    }
  }

  #remember(tool: DeclaredTool): void {
    this.#references.set(keyOf(tool), tool);
    if (this.#references.size > DECLARED_MAX) throw tooMany();
  }

  /** @throws `invalid_request` */
  #checked<Item>(items: Item[]): Item[] {
    if (items.length > DECLARED_MAX) throw tooMany();
    return items;
  }

  #isDisabled(config: JsonNode): boolean {
    const enabled = valuesOf(config, this.#text, 'enabled');
    return enabled.length > 0 && enabled.every(({ kind }) => kind === 'false');
  }

  /** A name in place of an object, or the first of these fields that has any; else an empty name. */
  #namesOf(node: JsonNode, keys: readonly string[]): string[] {
    if (node.kind === 'string') return [stringAt(this.#text, node)];
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

  #typesOf(node: JsonNode): string[] {
    return valuesOf(node, this.#text, 'type').flatMap((value) => listedTexts(this.#text, value));
  }

  #texts(node: JsonNode, key: string): string[] {
    return textsOf(node, this.#text, key);
  }

  #members(node: JsonNode, key: string): JsonNode[] {
    return valuesOf(node, this.#text, key).flatMap((value) => membersOf(value, this.#text));
  }
}

function tooMany(): LlmpError {
  return new LlmpError(
    'invalid_request',
    `body: a request may name at most ${DECLARED_MAX} tools, and as many models`,
  );
}
