// A strict, iterative JSON parser that records the position of each value, so that edits can be spliced into
// the text. JSON.parse can return wrong keys in Node 24 (https://github.com/nodejs/node/issues/63785).

import { finished } from '../runtime/finished.ts';
import { JsonSyntaxError, JsonTokens } from './tokenizer.ts';

export { JsonSyntaxError } from './tokenizer.ts';

/** `[start, end)` in UTF-16 code units of the text; a string includes its quotes. */
interface At<Kind extends string> {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

export interface JsonString extends At<'string'> {
  /** Its number in the index of the body; absent if no index has the text. */
  readonly index?: number;
}

export type JsonNumber = At<'number'>;

/** A node that may hold text: a number may be an identifier. */
export type TextNode = JsonString | JsonNumber;

/** A number, boolean or null. */
export type JsonLiteral = JsonNumber | At<'true'> | At<'false'> | At<'null'>;

export interface Property {
  readonly key: JsonString;
  readonly value: JsonNode;
}

/** Properties in text order, including duplicate keys. */
export interface JsonObject extends At<'object'> {
  readonly properties: readonly Property[];
}

export interface JsonArray extends At<'array'> {
  readonly items: readonly JsonNode[];
}

/** A JSON value by position. It may be nested deeper than the call stack, so never recurse into it. */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonLiteral;

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** In ASCII `]` is `[` + 2 and `}` is `{` + 2. */
const TO_CLOSE = 2;

/** A container whose closing bracket has not been read. */
interface OpenContainer {
  readonly start: number;
  readonly close: number;
  /** Index of its first child in the list of properties or items. */
  readonly from: number;
  /** Its key, if its parent is an object. */
  readonly key: JsonString | undefined;
}

export interface ScanBounds {
  /** Maximum nesting; unlimited by default. */
  readonly depthMax?: number;
  /** Maximum number of listed values, each of which takes memory; unlimited by default. */
  readonly valuesMax?: number;
  /** Values nested deeper are validated but not listed; unlimited by default. */
  readonly listedDepthMax?: number;
}

/** The text exceeds a bound of the caller. The message quotes none of it. */
export class JsonBoundError extends RangeError {
  override readonly name = 'JsonBoundError';
}

/**
 * Parses `text` (RFC 8259) in linear time and accepts exactly what JSON.parse accepts. Each listed
 * value takes about 50 bytes, so the nodes of `[0,0,…` are 40 times as large as the text.
 * @throws JsonSyntaxError if the text is not JSON, JsonBoundError if it exceeds a bound
 */
export function scanJson(text: string, bounds?: ScanBounds): JsonNode {
  return finished(scanSteps(text, bounds));
}

/** Values and characters read between two yields: less than a millisecond. */
const STEP_VALUES = 4_096;
const STEP_CHARS = 131_072;

/** Like `scanJson`, in steps. */
export function* scanSteps(
  text: string,
  { depthMax = Infinity, valuesMax = Infinity, listedDepthMax = Infinity }: ScanBounds = {},
): Generator<void, JsonNode> {
  let read = 0;
  let yieldAt = STEP_CHARS;
  const tokens = new JsonTokens(text);
  const open: OpenContainer[] = [];
  let container: OpenContainer | undefined;
  let listed = 0;
  // Children of all open containers; a container removes its own when it closes.
  const properties: Property[] = [];
  const items: JsonNode[] = [];
  for (;;) {
    read += 1;
    if (read % STEP_VALUES === 0 || tokens.at > yieldAt) {
      yieldAt = tokens.at + STEP_CHARS;
      yield;
    }
    let key: JsonString | undefined;
    while (tokens.skipsLongSpace()) yield;
    if (container?.close === CLOSE_BRACE) {
      const start = tokens.at;
      if (!tokens.string()) while (!tokens.goOn()) yield;
      key = { kind: 'string', start, end: tokens.at };
      while (tokens.skipsLongSpace()) yield;
      tokens.expect(COLON);
      while (tokens.skipsLongSpace()) yield;
    }
    const first = tokens.peek();
    const start = tokens.at;
    let value: JsonNode;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const from = first === OPEN_BRACE ? properties.length : items.length;
      const opened: OpenContainer = { start, close: first + TO_CLOSE, from, key };
      tokens.at += 1;
      while (tokens.skipsLongSpace()) yield;
      if (!tokens.consume(opened.close)) {
        if (open.push(opened) > depthMax) throw new JsonBoundError('JSON is nested too deeply.');
        container = opened;
        continue;
      }
      value = containerNode(opened, tokens.at, properties, items);
    } else {
      let kind = tokens.scalar();
      while (!kind) {
        yield;
        kind = tokens.goOn();
      }
      value = { kind, start, end: tokens.at };
    }
    while (tokens.skipsLongSpace()) yield;
    while (container) {
      if (open.length <= listedDepthMax) {
        listed += 1;
        if (listed > valuesMax) throw new JsonBoundError('JSON has too many values.');
        if (key) properties.push({ key, value });
        else items.push(value);
      }
      if (tokens.consume(COMMA)) break;
      tokens.expect(container.close);
      value = containerNode(container, tokens.at, properties, items);
      key = container.key;
      open.pop();
      container = open.at(-1);
      while (tokens.skipsLongSpace()) yield;
    }
    if (!container) {
      tokens.expectEnd();
      return value;
    }
  }
}

/** Like `scanJson`, but `undefined` if the text is not JSON. */
export function tryScanJson(text: string): JsonNode | undefined {
  try {
    return scanJson(text);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) return undefined;
    throw thrown;
  }
}

function containerNode(
  { start, close, from }: OpenContainer,
  end: number,
  properties: Property[],
  items: JsonNode[],
): JsonNode {
  return close === CLOSE_BRACE
    ? { kind: 'object', start, end, properties: takeFrom(properties, from) }
    : { kind: 'array', start, end, items: takeFrom(items, from) };
}

/** Removes the elements from `from` on and returns them in an array of exact capacity. */
function takeFrom<Item>(list: Item[], from: number): Item[] {
  const removed = list.slice(from);
  list.length = from;
  return removed;
}
