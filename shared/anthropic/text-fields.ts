// Where text lives in a request: every string value, unless the protocol says that it is not text.
// The rule is to look everywhere and to know the exceptions, so that a field or block type nobody
// has heard of is scrubbed too. Signed and encrypted parts are never touched: changing one byte of
// them makes the upstream refuse the conversation.

import { property, stringAt, textProperty } from '../json/edit.ts';
import { isProtocolKey, UNTOUCHABLE_BLOCKS } from './protocol-fields.ts';
import type { Entry, JsonObject, JsonNode, JsonString } from '../json/parse.ts';

/** How the parts of a value are to be read. */
export type Mode =
  /** Anthropic's own objects: identifiers and enumerations are left alone. */
  | 'protocol'
  /** Somebody's JSON, such as a tool's input: all strings and keys are text. */
  | 'free'
  /** A JSON schema: texts are, names and references are not. */
  | 'schema';

/** Keys whose values name things, in a JSON schema. */
const SCHEMA_KEYS = new Set(['$id', '$ref', '$schema', 'format', 'pattern', 'required', 'type']);

const MODE_BY_KEY: Readonly<Record<string, Mode>> = {
  input: 'free',
  input_examples: 'free',
  metadata: 'free',
  input_schema: 'schema',
  schema: 'schema',
};

/** The prefix that prompt caches and thinking signatures are about. */
const PROMPT_ORDER = ['tools', 'system', 'messages'];

/**
 * What a text is to the model, as policies tell them apart. `tools` are definitions of tools; `other`
 * is all that stands beside the conversation, such as `metadata` and `stop_sequences`.
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
  /** String values and keys, in the order in which a model reads them. */
  readonly texts: readonly JsonString[];
  /** Where each of them stands. */
  readonly places: readonly Place[];
  /** Texts of documents by their index in the request, whose offsets citations refer to. */
  readonly documents: readonly (JsonString | undefined)[];
  /** Citations of documents by character offsets. */
  readonly citations: readonly JsonObject[];
  /** Base64 documents and images: nobody can look into them here. */
  readonly opaque: number;
}

/** Finds the texts of a scanned request body, or of some JSON read `as` another; iterative, as bodies may be nested deeply. */
export function textFieldsOf(text: string, root: JsonNode, as: Mode = 'protocol'): TextFields {
  const texts: JsonString[] = [];
  const places: Place[] = [];
  const documents: (JsonString | undefined)[] = [];
  const citations: JsonObject[] = [];
  let opaque = 0;
  const open: { value: JsonNode; mode: Mode; place: Place }[] = [
    { value: root, mode: as, place: { part: 'other', turn: -1 } },
  ];

  const openObject = (object: JsonObject, mode: Mode, around: Place): void => {
    const type = mode === 'protocol' ? textProperty(object, text, 'type') : undefined;
    if (type !== undefined && UNTOUCHABLE_BLOCKS.has(type)) return;
    if (type === 'document') documents.push(documentText(text, object));
    if (type === 'char_location') citations.push(object);
    if (type === 'base64') opaque += 1;
    const entries = object === root ? asPrompted(text, object) : object.entries;
    const inside = placeOfBlock(type, around);
    // The last shall be first: what is pushed last is read next.
    for (const { key, value } of entries.toReversed()) {
      if (mode === 'free') {
        open.push({ value, mode, place: inside }, { value: key, mode, place: inside });
        continue;
      }
      const name = stringAt(text, key);
      const place = object === root ? (PLACE_BY_FIELD[name] ?? inside) : inside;
      if (mode === 'schema') {
        if (!SCHEMA_KEYS.has(name)) open.push({ value, mode, place });
      } else if (name === 'data' && type === 'text') open.push({ value, mode, place });
      else if (name === 'name' && namesTool(text, object, type)) continue;
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

/** Stands for the list of messages; each of them has a place of its own. */
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

/** The texts of a message are its role's; what has no known role is taken for the user's. */
function placeOfMessage(text: string, message: JsonNode, turn: number): Place {
  return { part: PART_BY_ROLE[textProperty(message, text, 'role') ?? ''] ?? 'user', turn };
}

/** The texts of a block are what its type says. */
function placeOfBlock(type: string | undefined, around: Place): Place {
  const part = around.turn < 0 || type === undefined ? undefined : partOfBlock(type, around.part);
  return part === undefined ? around : { part, turn: around.turn };
}

function partOfBlock(type: string, around: TextFieldPart): TextFieldPart | undefined {
  // What a tool brought stays what it is, whatever it is wrapped in.
  if (around === 'tool_result') return undefined;
  if (type.endsWith('tool_result')) return 'tool_result';
  if (type.endsWith('tool_use')) return 'tool_use';
  return type === 'document' || type === 'search_result' ? 'document' : undefined;
}

/** A request's fields as the upstream puts them together, whatever order they were written in. */
function asPrompted(text: string, request: JsonObject): readonly Entry[] {
  const rank = ({ key }: Entry) => {
    const place = PROMPT_ORDER.indexOf(stringAt(text, key));
    return place === -1 ? PROMPT_ORDER.length : place;
  };
  return request.entries.toSorted((one, other) => rank(one) - rank(other));
}

/** A tool's name is matched by the client message for message; other names are text. */
function namesTool(text: string, object: JsonObject, type: string | undefined): boolean {
  return (
    type?.includes('tool') || /_\d{8}$/.test(type ?? '') || !!property(object, text, 'input_schema')
  );
}

/** The text of a plain-text document; other kinds are not cited by character. */
function documentText(text: string, document: JsonObject): JsonString | undefined {
  const source = property(document, text, 'source');
  if (source?.kind !== 'object' || textProperty(source, text, 'type') !== 'text') return undefined;
  const data = property(source, text, 'data');
  return data?.kind === 'string' ? data : undefined;
}
