// Finds the texts of a request or response: everything that the protocol does not define as something
// else. A field means what the grammar says in its place, and text anywhere else.

import { property, stringAt, textProperty } from '../json/edit.ts';
import { integerText } from '../json/integer-text.ts';
import type { JsonNode, JsonObject, JsonString, Property, TextNode } from '../json/parse.ts';
import {
  BLOCKS,
  MEDIA,
  RESPONSES,
  SOURCES,
  toolFields,
  UNTOUCHABLE_BLOCKS,
} from './block-fields.ts';
import { KeyPath } from './key-path.ts';
import { isObjectName, OBJECTS, SCALARS, type Fields, type Reading } from './protocol-fields.ts';
import { inPromptOrder } from './prompt-order.ts';
import {
  isBase64,
  isHarmless,
  isMediaType,
  isProtocolForm,
  MEDIA_LENGTH_MIN,
} from './protocol-forms.ts';
import { SCHEMA_KEYWORDS } from './schema-fields.ts';
import {
  MESSAGES,
  OTHER,
  PLACE_BY_FIELD,
  placeOfBlock,
  placeOfMessage,
  type Place,
} from './text-place.ts';

export { TEXT_FIELD_PARTS, type Place, type TextFieldPart } from './text-place.ts';

/**
 * - `text`: text in a known field.
 * - `value`, `key`: of JSON that may have any form. Numbers are values, unless they stand for text.
 * - `name`: of a property in a JSON schema; the same name must be replaced in the same way.
 * - `reference`: of a JSON schema, to parts by name.
 * - `used`: a URL or pattern that the upstream uses, which must not be changed.
 */
export type TextRole = 'text' | 'value' | 'key' | 'name' | 'reference' | 'used';

export interface TextFields {
  /** Strings, keys and numbers in the order in which the model reads them. */
  readonly texts: readonly TextNode[];
  /** Part and turn of each text. */
  readonly places: readonly Place[];
  readonly roles: readonly TextRole[];
  /** The keys above each value. */
  readonly paths: readonly (KeyPath | undefined)[];
  /** Ids and enumerations of the protocol that could hold a value; no text for policies. */
  readonly identifiers: readonly TextNode[];
  /** Texts that must be returned as they came: neither changed nor shown to policies. */
  readonly verbatim: readonly TextNode[];
  /** Credentials that the upstream needs; neither changed nor shown to policies. */
  readonly credentials: readonly TextNode[];
  /** Text of each plain-text document by document index; citations refer to its offsets. */
  readonly documents: readonly (JsonString | undefined)[];
  /** Citations by character offset. */
  readonly citations: readonly JsonObject[];
  /** Citations by the index of a search result. */
  readonly resultCitations: readonly JsonObject[];
  /** Number of base64 documents and images, which cannot be scanned. */
  readonly opaque: number;
}

/** What remains to be read. */
interface Open {
  readonly value: JsonNode;
  readonly reading: Reading | 'key';
  readonly place: Place;
  readonly path: KeyPath | undefined;
}

/** Roles of strings by reading; all others are `text`. */
const ROLES: Partial<Record<Reading | 'key', TextRole>> = {
  free: 'value',
  unknown: 'value',
  key: 'key',
  name: 'name',
  reference: 'reference',
  used: 'used',
};

/** Where objects may be blocks; elsewhere, an object has no type that means anything. */
const BLOCK_READINGS: ReadonlySet<Reading | 'key'> = new Set(['block', 'unknown']);

/**
 * Finds the texts of a parsed body, a `request` by default; of a response, read it as a `block`.
 * Iterative, because bodies may be nested deeply.
 */
export function textFieldsOf(text: string, root: JsonNode, as: Reading = 'request'): TextFields {
  return new Walk(text, root, as);
}

class Walk implements TextFields {
  readonly texts: TextNode[] = [];
  readonly places: Place[] = [];
  readonly roles: TextRole[] = [];
  readonly paths: (KeyPath | undefined)[] = [];
  readonly identifiers: TextNode[] = [];
  readonly verbatim: TextNode[] = [];
  readonly credentials: TextNode[] = [];
  readonly documents: (JsonString | undefined)[] = [];
  readonly citations: JsonObject[] = [];
  readonly resultCitations: JsonObject[] = [];
  opaque = 0;
  readonly #text: string;
  /** A stack. */
  readonly #open: Open[];
  readonly #blocks: ReadonlyMap<string, Fields>;

  constructor(text: string, root: JsonNode, reading: Reading) {
    this.#text = text;
    this.#blocks = reading === 'block' ? RESPONSES : BLOCKS;
    this.#open = [{ value: root, reading, place: OTHER, path: undefined }];
    for (let next = this.#open.pop(); next; next = this.#open.pop()) this.#read(next);
  }

  #read(open: Open): void {
    const { value, reading, place, path } = open;
    if (value.kind === 'object') this.#readObject(value, open);
    else if (value.kind !== 'array') this.#readScalar(value, reading, place, path);
    else if (value.items.every(isScalar)) {
      for (const item of value.items) this.#readScalar(item, reading, place, path);
    } else {
      for (let index = value.items.length - 1; index >= 0; index--) {
        const item = value.items[index];
        if (!item) continue;
        const inside = place === MESSAGES ? placeOfMessage(this.#text, item, index) : place;
        this.#open.push({ value: item, reading, place: inside, path });
      }
    }
  }

  /** @param key the own key of a value; otherwise `path` leads to it */
  #readScalar(
    node: JsonNode,
    as: Reading | 'key',
    place: Place,
    path: KeyPath | undefined,
    key?: JsonString,
  ): void {
    if (node.kind !== 'string' && node.kind !== 'number') return;
    const reading = SCALARS[as] ?? as;
    if (reading === 'sealed' || (reading === 'protocol' && isHarmless(this.#text, node))) return;
    if (node.kind === 'number' && integerText(sliceOf(this.#text, node)) === undefined) return;
    if (reading === 'credential') {
      this.credentials.push(node);
      return;
    }
    const isMedia = reading === 'media' && isBase64(this.#text, node);
    if (isMedia) this.opaque += 1;
    if (isMedia && node.end - node.start > MEDIA_LENGTH_MIN) return;
    if (isMedia || (reading === 'protocol' && isProtocolForm(this.#text, node))) {
      this.identifiers.push(node);
      return;
    }
    if (reading === 'verbatim') {
      this.verbatim.push(node);
      return;
    }
    const role = ROLES[reading] ?? 'text';
    this.texts.push(node);
    this.places.push(place);
    // Numbers cannot be changed in part, and are in no place where they could not be text.
    this.roles.push(node.kind === 'number' && role !== 'value' ? 'text' : role);
    const ownPath = key ? new KeyPath(this.#text, key, path) : path;
    this.paths.push(role === 'value' ? ownPath : undefined);
  }

  #readObject(object: JsonObject, open: Open): void {
    const { reading } = open;
    if (reading === 'free') this.#readFields(object, NO_FIELDS, open, 'free');
    else if (reading === 'verbatim') this.#readFields(object, NO_FIELDS, open, 'verbatim');
    else if (reading === 'schema') this.#readSchema(object, open);
    else if (reading === 'schemas' || reading === 'dependencies') this.#readNamed(object, open);
    else if (reading === 'request') this.#readRequest(object, open);
    else if (reading === 'tool') this.#readFields(object, toolFields(this.#typeOf(object)), open);
    else if (reading === 'source') {
      const fields = this.#fieldsByType(object, SOURCES);
      this.#readFields(object, fields ?? NO_FIELDS, open);
    } else if (isObjectName(reading)) this.#readFields(object, OBJECTS[reading], open);
    else if (BLOCK_READINGS.has(reading)) this.#readBlock(object, open);
    else this.#readFields(object, NO_FIELDS, open, 'free');
  }

  #readBlock(object: JsonObject, open: Open): void {
    const type = this.#typeOf(object);
    const isResponse = this.#blocks === RESPONSES;
    if (isResponse && type !== undefined && UNTOUCHABLE_BLOCKS.has(type)) return;
    if (type === 'document') this.documents.push(documentText(this.#text, object));
    if (type === 'char_location') this.citations.push(object);
    if (type === 'search_result_location') this.resultCitations.push(object);
    const fields = this.#fieldsByType(object, this.#blocks) ?? NO_FIELDS;
    this.#readFields(object, fields, { ...open, place: placeOfBlock(type, open.place) });
  }

  /** Reads known fields by their reading; of others, the keys are text as well. */
  #readFields(
    { properties }: JsonObject,
    fields: Fields,
    open: Open,
    otherwise: Reading = 'unknown',
  ): void {
    const { place, path } = open;
    const keyReading = otherwise === 'verbatim' ? 'verbatim' : 'key';
    const isFlat = properties.every(({ value }) => isScalar(value));
    // Otherwise reversed, because `#open` is a stack.
    for (const each of isFlat ? properties : properties.toReversed()) {
      const { key, value } = each;
      const reading = fields.size === 0 ? undefined : fields.get(stringAt(this.#text, key));
      if (!isFlat) {
        if (reading === undefined) this.#openNamed(each, otherwise, keyReading, open);
        else this.#openKnown(value, reading, place, undefined);
      } else if (reading === undefined) {
        this.#readScalar(key, keyReading, place, undefined);
        this.#readScalar(value, otherwise, place, path, key);
      } else this.#readScalar(value, reading, place, undefined);
    }
  }

  #openNamed(each: Property, reading: Reading, keyReading: Reading | 'key', open: Open): void {
    const { key, value } = each;
    const { place } = open;
    if (!isEmpty(value)) {
      const path = new KeyPath(this.#text, key, open.path);
      this.#open.push({ value, reading, place, path });
    }
    this.#open.push({ value: key, reading: keyReading, place, path: undefined });
  }

  /** Most values of known fields are not text. */
  #openKnown(value: JsonNode, reading: Reading, place: Place, path: KeyPath | undefined): void {
    const isRead = !isEmpty(value) && !(reading === 'protocol' && isHarmless(this.#text, value));
    if (isRead) this.#open.push({ value, reading, place, path });
  }

  /** Keywords have the path of the property that the schema describes. */
  #readSchema({ properties }: JsonObject, open: Open): void {
    for (const each of properties.toReversed()) {
      const reading = SCHEMA_KEYWORDS.get(stringAt(this.#text, each.key));
      if (reading === undefined) this.#openNamed(each, 'free', 'key', open);
      else this.#openKnown(each.value, reading, open.place, open.path);
    }
  }

  /** Schemas by name, whatever the name is. */
  #readNamed({ properties }: JsonObject, open: Open): void {
    for (const each of properties.toReversed()) {
      const isList = open.reading === 'dependencies' && each.value.kind === 'array';
      this.#openNamed(each, isList ? 'name' : 'schema', 'name', open);
    }
  }

  #readRequest(request: JsonObject, open: Open): void {
    for (const each of inPromptOrder(this.#text, request).toReversed()) {
      const place = PLACE_BY_FIELD.get(stringAt(this.#text, each.key)) ?? open.place;
      this.#readFields({ ...request, properties: [each] }, OBJECTS.request, { ...open, place });
    }
  }

  #typeOf(object: JsonObject): string | undefined {
    return textProperty(object, this.#text, 'type');
  }

  #fieldsByType(object: JsonObject, table: ReadonlyMap<string, Fields>): Fields | undefined {
    const type = this.#typeOf(object) ?? '';
    if (type !== 'base64') return table.get(type);
    return isMediaType(textProperty(object, this.#text, 'media_type')) ? MEDIA : undefined;
  }
}

const NO_FIELDS: Fields = new Map();

function isScalar({ kind }: JsonNode): boolean {
  return kind !== 'object' && kind !== 'array';
}

function sliceOf(text: string, { start, end }: JsonNode): string {
  return text.slice(start, end);
}

function isEmpty({ kind }: JsonNode): boolean {
  return kind === 'null' || kind === 'true' || kind === 'false';
}

/** The text of a plain-text document, the only kind cited by character offset. */
function documentText(text: string, document: JsonObject): JsonString | undefined {
  const source = property(document, text, 'source');
  if (source?.kind !== 'object' || textProperty(source, text, 'type') !== 'text') return undefined;
  const data = property(source, text, 'data');
  return data?.kind === 'string' ? data : undefined;
}
