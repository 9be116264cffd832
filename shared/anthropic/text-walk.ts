// Walks over the values of a request or response, and sorts out its texts.

import { property, stringAt } from '../json/edit.ts';
import { isEmpty, isScalar } from '../json/node-kinds.ts';
import type { JsonNode, JsonObject, JsonString, Property, TextNode } from '../json/parse.ts';
import {
  BLOCKS,
  MEDIA,
  RESPONSES,
  SOURCES,
  toolFields,
  UNTOUCHABLE_BLOCKS,
} from './block-fields.ts';
import { documentText } from './document-text.ts';
import { ROLES, type TextFields, type TextRole } from './found-texts.ts';
import { KeyPath, namingString } from './key-path.ts';
import { ValueForms } from './value-forms.ts';
import {
  isObjectName,
  NO_FIELDS,
  OBJECTS,
  SCALARS,
  type Fields,
  type Reading,
} from './protocol-fields.ts';
import { inPromptOrder } from './prompt-order.ts';
import { isHarmless, isMediaType, isProtocolForm, MEDIA_LENGTH_MIN } from './protocol-forms.ts';
import { SCHEMA_KEYWORDS } from './schema-fields.ts';
import {
  MESSAGES,
  OTHER,
  PLACE_BY_FIELD,
  placeOfBlock,
  placeOfMessage,
  type Place,
} from './text-place.ts';

/** What remains to be read. */
interface Open {
  readonly value: JsonNode;
  readonly reading: Reading | 'key';
  readonly place: Place;
  readonly path: KeyPath | undefined;
}

/** Items read in one step. */
const PART_LENGTH = 256;

/** Readings whose objects may be blocks; in all others, `type` has no meaning. */
const BLOCK_READINGS: ReadonlySet<Reading | 'key'> = new Set(['block', 'unknown']);

export class TextWalk implements TextFields {
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
  /** A stack of what remains to be read: values, the ends of long lists, and of long values. */
  readonly #open: (Open | (() => void) | Generator<void, void>)[];
  readonly #forms: ValueForms;
  readonly #decisive: number[] = [];
  readonly #blocks: ReadonlyMap<string, Fields>;

  constructor(text: string, root: JsonNode, reading: Reading) {
    this.#text = text;
    this.#forms = new ValueForms(text);
    this.#blocks = reading === 'block' ? RESPONSES : BLOCKS;
    this.#open = [{ value: root, reading, place: OTHER, path: undefined }];
  }

  /** Numbers of the strings whose values were read. */
  decisive(): readonly number[] {
    return this.#decisive;
  }

  /** Reads the next value; `false` at the end. */
  step(): boolean {
    const next = this.#open.pop();
    if (typeof next === 'function') next();
    else if (next && 'next' in next) {
      if (!next.next().done) this.#open.push(next);
    } else if (next) this.#read(next);
    return next !== undefined;
  }

  /** Reads a long list in parts; each part and its content come before the next part. */
  #inParts<Item>(
    items: readonly Item[],
    read: (part: readonly Item[], from: number) => void,
    from = 0,
  ): void {
    if (from === 0 && items.length <= PART_LENGTH) {
      read(items, 0);
      return;
    }
    const to = from + PART_LENGTH;
    if (to < items.length) this.#open.push(() => this.#inParts(items, read, to));
    read(items.slice(from, to), from);
  }

  #read(open: Open): void {
    const { value } = open;
    if (value.kind === 'object') this.#readObject(value, open);
    else if (value.kind !== 'array') this.#readScalar(value, open.reading, open.place, open.path);
    else this.#inParts(value.items, (items, from) => this.#readItems(items, from, open));
  }

  /** @param from the index of the first item */
  #readItems(items: readonly JsonNode[], from: number, { reading, place, path }: Open): void {
    if (items.every(isScalar)) {
      for (const item of items) this.#readScalar(item, reading, place, path);
      return;
    }
    for (let index = items.length - 1; index >= 0; index--) {
      const item = items[index];
      if (!item) continue;
      const inside =
        place === MESSAGES ? placeOfMessage(this.#textOf(item, 'role'), from + index) : place;
      this.#open.push({ value: item, reading, place: inside, path });
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
    if (reading === 'protocol' || reading === 'media') this.#decidesBy(node);
    if (reading === 'sealed' || (reading === 'protocol' && isHarmless(this.#text, node))) return;
    const isNumber = node.kind === 'number';
    if (!this.#forms.isKnown(node, reading)) {
      const read = () => this.#readScalar(node, as, place, path, key);
      this.#open.push(this.#forms.find(node, read));
      return;
    }
    if (isNumber && !this.#forms.isInteger(node)) return;
    if (reading === 'credential') {
      this.credentials.push(node);
      return;
    }
    const isMedia = reading === 'media' && this.#forms.isBase64(node);
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
    // A number cannot be changed in part, and may always stand for text.
    this.roles.push(isNumber && role !== 'value' ? 'text' : role);
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
    else if (reading === 'tool')
      this.#readFields(object, toolFields(this.#textOf(object, 'type')), open);
    else if (reading === 'source') {
      const fields = this.#fieldsByType(object, SOURCES);
      this.#readFields(object, fields ?? NO_FIELDS, open);
    } else if (isObjectName(reading)) this.#readFields(object, OBJECTS[reading], open);
    else if (BLOCK_READINGS.has(reading)) this.#readBlock(object, open);
    else this.#readFields(object, NO_FIELDS, open, 'free');
  }

  #readBlock(object: JsonObject, open: Open): void {
    const type = this.#textOf(object, 'type');
    const isResponse = this.#blocks === RESPONSES;
    if (isResponse && type !== undefined && UNTOUCHABLE_BLOCKS.has(type)) return;
    if (type === 'document') this.#addDocument(object);
    if (type === 'char_location') this.citations.push(object);
    if (type === 'search_result_location') this.resultCitations.push(object);
    const fields = this.#fieldsByType(object, this.#blocks) ?? NO_FIELDS;
    this.#readFields(object, fields, { ...open, place: placeOfBlock(type, open.place) });
  }

  /** Reads known fields by their reading; of others, the keys are text as well. */
  #readFields(
    object: Pick<JsonObject, 'properties'>,
    fields: Fields,
    open: Open,
    otherwise: Reading = 'unknown',
  ): void {
    this.#inParts(object.properties, (part) => this.#readPart(part, fields, open, otherwise));
  }

  #readPart(properties: readonly Property[], fields: Fields, open: Open, otherwise: Reading): void {
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
        const name = namingString(this.#text, each, properties);
        if (name !== key) this.#decidesBy(name);
        this.#readScalar(value, otherwise, place, path, name);
      } else this.#readScalar(value, reading, place, undefined);
    }
  }

  #openNamed(each: Property, reading: Reading, keyReading: Reading | 'key', open: Open): void {
    const { key, value } = each;
    const { place } = open;
    const path = new KeyPath(this.#text, key, open.path);
    if (!isEmpty(value)) this.#open.push({ value, reading, place, path });
    this.#open.push({ value: key, reading: keyReading, place, path: undefined });
  }

  /** Most values of known fields are not text. */
  #openKnown(value: JsonNode, reading: Reading, place: Place, path: KeyPath | undefined): void {
    if (reading === 'protocol') this.#decidesBy(value);
    if (isEmpty(value) || (reading === 'protocol' && isHarmless(this.#text, value))) return;
    this.#open.push({ value, reading, place, path });
  }

  /** Keywords have the path of the property that the schema describes. */
  #readSchema({ properties }: JsonObject, open: Open): void {
    this.#inParts(properties, (part) => {
      for (const each of part.toReversed()) {
        const reading = SCHEMA_KEYWORDS.get(stringAt(this.#text, each.key));
        if (reading === undefined) this.#openNamed(each, 'free', 'key', open);
        else this.#openKnown(each.value, reading, open.place, open.path);
      }
    });
  }

  /** Schemas by name, whatever the name is. */
  #readNamed({ properties }: JsonObject, open: Open): void {
    this.#inParts(properties, (part) => {
      for (const each of part.toReversed()) {
        const isList = open.reading === 'dependencies' && each.value.kind === 'array';
        this.#openNamed(each, isList ? 'name' : 'schema', 'name', open);
      }
    });
  }

  #readRequest(request: JsonObject, open: Open): void {
    const { prompt, others } = inPromptOrder(this.#text, request);
    const read = (properties: readonly Property[], place: Place) =>
      this.#open.push(() => this.#readFields({ properties }, OBJECTS.request, { ...open, place }));
    read(others, open.place);
    for (const each of prompt.toReversed()) {
      read([each], PLACE_BY_FIELD.get(stringAt(this.#text, each.key)) ?? open.place);
    }
  }

  #addDocument(object: JsonObject): void {
    const source = property(object, this.#text, 'source');
    if (source) this.#textOf(source, 'type');
    this.documents.push(documentText(this.#text, object));
  }

  /** The value of a string property, which decides what is text. */
  #textOf(object: JsonNode, key: string): string | undefined {
    const value = property(object, this.#text, key);
    if (value?.kind !== 'string') return undefined;
    this.#decidesBy(value);
    return stringAt(this.#text, value);
  }

  #decidesBy(value: JsonNode): void {
    if (value.kind === 'string' && value.index !== undefined) this.#decisive.push(value.index);
  }

  #fieldsByType(object: JsonObject, table: ReadonlyMap<string, Fields>): Fields | undefined {
    const type = this.#textOf(object, 'type') ?? '';
    if (type !== 'base64') return table.get(type);
    return isMediaType(this.#textOf(object, 'media_type')) ? MEDIA : undefined;
  }
}
