// Finds the texts of a request: every string that the protocol does not define as something else, so
// unknown fields are scrubbed as well. The upstream rejects changes to signed or encrypted parts.

import { property, stringAt, textProperty } from '../json/edit.ts';
import { isProtocolKey, UNTOUCHABLE_BLOCKS } from './protocol-fields.ts';
import type { Property, JsonObject, JsonNode, JsonString } from '../json/parse.ts';

/** Which strings of a value count as text. */
export type Mode =
  /** Anthropic's objects: identifiers and enumerations are skipped. */
  | 'protocol'
  /** Arbitrary JSON, such as a tool's input: all strings and keys are text. */
  | 'free'
  /** A JSON schema: names and references are skipped. */
  | 'schema';

/** Keys of a JSON schema whose values are names or references. */
const SCHEMA_KEYS = new Set(['$id', '$ref', '$schema', 'format', 'pattern', 'required', 'type']);

const MODE_BY_KEY: Readonly<Record<string, Mode>> = {
  input: 'free',
  input_examples: 'free',
  metadata: 'free',
  input_schema: 'schema',
  schema: 'schema',
};

/** Order of the prompt prefix that prompt caches and thinking signatures cover. */
const PROMPT_ORDER = ['tools', 'system', 'messages'];

/**
 * The role of a text, as used in policies. `tools` are tool definitions; `other` is everything outside
 * the conversation, such as `metadata` and `stop_sequences`.
 */
export const TEXT_FIELD_PARTS = [
  'system',
  'user',
  'assistant',
  'tool_use',
  'tool_result',
  'document',
  'tools',
  'other',
] as const;
export type TextFieldPart = (typeof TEXT_FIELD_PARTS)[number];

export interface Place {
  readonly part: TextFieldPart;
  /** Index of the message; -1 outside of messages. */
  readonly turn: number;
}

export interface TextFields {
  /** String values and keys in the order in which the model reads them. */
  readonly texts: readonly JsonString[];
  /** Part and turn of each text. */
  readonly places: readonly Place[];
  /** Text of each plain-text document by document index; citations refer to its offsets. */
  readonly documents: readonly (JsonString | undefined)[];
  /** Citations by character offset. */
  readonly citations: readonly JsonObject[];
  /** Number of base64 documents and images, which cannot be scanned. */
  readonly opaque: number;
}

/** Finds the texts of a parsed body. Iterative, because bodies may be nested deeply. */
export function textFieldsOf(text: string, root: JsonNode, as: Mode = 'protocol'): TextFields {
  const texts: JsonString[] = [];
  const places: Place[] = [];
  const documents: (JsonString | undefined)[] = [];
  const citations: JsonObject[] = [];
  let opaque = 0;
  const open: { value: JsonNode; mode: Mode; place: Place }[] = [
    { value: root, mode: as, place: { part: 'other', turn: -1 } },
  ];

  const openObject = (object: JsonObject, mode: Mode, parent: Place): void => {
    const type = mode === 'protocol' ? textProperty(object, text, 'type') : undefined;
    if (type !== undefined && UNTOUCHABLE_BLOCKS.has(type)) return;
    if (type === 'document') documents.push(documentText(text, object));
    if (type === 'char_location') citations.push(object);
    if (type === 'base64') opaque += 1;
    const properties = object === root ? inPromptOrder(text, object) : object.properties;
    const inside = placeOfBlock(type, parent);
    // Reversed, because `open` is a stack.
    for (const { key, value } of properties.toReversed()) {
      if (mode === 'free') {
        open.push({ value, mode, place: inside }, { value: key, mode, place: inside });
        continue;
      }
      const name = stringAt(text, key);
      const place = object === root ? (PLACE_BY_FIELD[name] ?? inside) : inside;
      if (mode === 'schema') {
        if (!SCHEMA_KEYS.has(name)) open.push({ value, mode, place });
      } else if (name === 'data' && type === 'text') open.push({ value, mode, place });
      else if (name === 'name' && isToolName(text, object, type)) continue;
      else if (!isProtocolKey(name)) open.push({ value, mode: MODE_BY_KEY[name] ?? mode, place });
    }
  };

  for (let next = open.pop(); next; next = open.pop()) {
    const { value, mode, place } = next;
    if (value.kind === 'string') {
      texts.push(value);
      places.push(place);
    } else if (value.kind === 'object') openObject(value, mode, place);
    else if (value.kind === 'array') {
      for (let index = value.items.length - 1; index >= 0; index--) {
        const item = value.items[index];
        if (!item) continue;
        const inside = place === MESSAGES ? placeOfMessage(text, item, index) : place;
        open.push({ value: item, mode, place: inside });
      }
    }
  }
  return { texts, places, documents, citations, opaque };
}

/** Placeholder for the list of messages; each message has its own place. */
const MESSAGES: Place = { part: 'user', turn: -1 };

const PLACE_BY_FIELD: Readonly<Record<string, Place>> = {
  system: { part: 'system', turn: -1 },
  tools: { part: 'tools', turn: -1 },
  messages: MESSAGES,
};

const PART_BY_ROLE: Readonly<Record<string, TextFieldPart>> = {
  assistant: 'assistant',
  system: 'system',
};

/** Place of a message by its role; unknown roles count as the user's. */
function placeOfMessage(text: string, message: JsonNode, turn: number): Place {
  return { part: PART_BY_ROLE[textProperty(message, text, 'role') ?? ''] ?? 'user', turn };
}

/** Place of a block by its type; otherwise that of its parent. */
function placeOfBlock(type: string | undefined, parent: Place): Place {
  const part = parent.turn < 0 || type === undefined ? undefined : partOfBlock(type, parent.part);
  return part === undefined ? parent : { part, turn: parent.turn };
}

function partOfBlock(type: string, parent: TextFieldPart): TextFieldPart | undefined {
  // Everything inside a tool result is part of it.
  if (parent === 'tool_result') return undefined;
  if (type.endsWith('tool_result')) return 'tool_result';
  if (type.endsWith('tool_use')) return 'tool_use';
  return type === 'document' || type === 'search_result' ? 'document' : undefined;
}

/** The fields of a request in the order in which the upstream assembles the prompt. */
function inPromptOrder(text: string, request: JsonObject): readonly Property[] {
  const rank = ({ key }: Property) => {
    const index = PROMPT_ORDER.indexOf(stringAt(text, key));
    return index === -1 ? PROMPT_ORDER.length : index;
  };
  return request.properties.toSorted((one, other) => rank(one) - rank(other));
}

/** Clients match tool names exactly; other names are text. */
function isToolName(text: string, object: JsonObject, type: string | undefined): boolean {
  return (
    type?.includes('tool') || /_\d{8}$/.test(type ?? '') || !!property(object, text, 'input_schema')
  );
}

/** The text of a plain-text document, the only kind cited by character offset. */
function documentText(text: string, document: JsonObject): JsonString | undefined {
  const source = property(document, text, 'source');
  if (source?.kind !== 'object' || textProperty(source, text, 'type') !== 'text') return undefined;
  const data = property(source, text, 'data');
  return data?.kind === 'string' ? data : undefined;
}
