// A strict JSON reader that says where each value stands, so that edits can be spliced into the
// original text. Written by hand as JSON.parse forgets positions, and in Node 24 can be led to read
// wrong keys (https://github.com/nodejs/node/issues/63785). No recursion, so no nesting overflows.

import { JsonSyntaxError, JsonTokens } from './tokenizer.ts';

export { JsonSyntaxError } from './tokenizer.ts';

/** `[start, end)` in UTF-16 units of the scanned text; a string includes its quotes. */
interface At<Kind extends string> {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

export type JsonString = At<'string'>;

/** A value whose slice of the text is its literal. */
export type JsonLiteral = At<'number'> | At<'true'> | At<'false'> | At<'null'>;

export interface Entry {
  readonly key: JsonString;
  readonly value: JsonNode;
}

/** Entries in the order of the text; a key that occurs twice is there twice. */
export interface JsonObject extends At<'object'> {
  readonly entries: readonly Entry[];
}

export interface JsonArray extends At<'array'> {
  readonly items: readonly JsonNode[];
}

/** A JSON value by position. It can be nested deeper than the call stack: never walk it recursively. */
export type JsonNode = JsonObject | JsonArray | JsonString | JsonLiteral;

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** In ASCII `]` is `[` + 2 and `}` is `{` + 2. */
const TO_CLOSE = 2;

/** A container whose closing bracket has not been read. */
interface Open {
  readonly start: number;
  readonly close: number;
  /** Where its parts begin in the list of its kind. */
  readonly from: number;
  /** What it stands under, if in an object. */
  readonly key: JsonString | undefined;
}

export interface ScanBounds {
  /** Nesting above which the text is refused; no bound by default. */
  readonly depthMax?: number;
  /** Listed values above which the text is refused, as each takes memory; no bound by default. */
  readonly valuesMax?: number;
  /** Parts of containers nested deeper than this are checked but not listed; all are by default. */
  readonly listedDepthMax?: number;
}

/** The text is JSON, but more of it than the caller allows; what it holds is not said. */
export class JsonBoundError extends RangeError {
  override readonly name = 'JsonBoundError';
}

/**
 * Reads `text` by RFC 8259 and accepts exactly what JSON.parse accepts, in linear time. Each value
 * listed takes some 50 bytes of heap, so all spans of `[0,0,…` are forty times as large as the text.
 * @throws JsonSyntaxError when the text is not JSON; JsonBoundError when it exceeds a bound.
 */
export function scanJson(
  text: string,
  { depthMax = Infinity, valuesMax = Infinity, listedDepthMax = Infinity }: ScanBounds = {},
): JsonNode {
  const tokens = new JsonTokens(text);
  const open: Open[] = [];
  let inside: Open | undefined;
  let listed = 0;
  // Parts of all open containers; one that closes takes its own off the end.
  const entries: Entry[] = [];
  const items: JsonNode[] = [];
  for (;;) {
    let key = inside?.close === CLOSE_BRACE ? readKey(tokens) : undefined;
    const first = tokens.peek();
    const start = tokens.at;
    let value: JsonNode;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const from = first === OPEN_BRACE ? entries.length : items.length;
      const opened: Open = { start, close: first + TO_CLOSE, from, key };
      tokens.at += 1;
      if (!tokens.takes(opened.close)) {
        if (open.push(opened) > depthMax) throw new JsonBoundError('JSON is nested too deeply.');
        inside = opened;
        continue;
      }
      value = closed(opened, tokens.at, entries, items);
    } else {
      value = { kind: tokens.leaf(), start, end: tokens.at };
    }
    while (inside) {
      if (open.length <= listedDepthMax) {
        listed += 1;
        if (listed > valuesMax) throw new JsonBoundError('JSON has too many values.');
        if (key) entries.push({ key, value });
        else items.push(value);
      }
      if (tokens.takes(COMMA)) break;
      tokens.expect(inside.close);
      value = closed(inside, tokens.at, entries, items);
      key = inside.key;
      open.pop();
      inside = open.at(-1);
    }
    if (!inside) {
      tokens.expectEnd();
      return value;
    }
  }
}

/** The same for a text that need not be JSON; undefined when it is none. */
export function scannedJson(text: string): JsonNode | undefined {
  try {
    return scanJson(text);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) return undefined;
    throw thrown;
  }
}

function readKey(tokens: JsonTokens): JsonString {
  tokens.peek();
  const start = tokens.at;
  const key: JsonString = { kind: tokens.string(), start, end: tokens.at };
  tokens.expect(COLON);
  return key;
}

function closed(
  { start, close, from }: Open,
  end: number,
  entries: Entry[],
  items: JsonNode[],
): JsonNode {
  return close === CLOSE_BRACE
    ? { kind: 'object', start, end, entries: takeFrom(entries, from) }
    : { kind: 'array', start, end, items: takeFrom(items, from) };
}

/** Cuts the list off at `from`; the part behind it in an array of exactly its size. */
function takeFrom<Part>(list: Part[], from: number): Part[] {
  const taken = list.slice(from);
  list.length = from;
  return taken;
}
