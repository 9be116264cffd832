// The parsed body of a request. Stages of one process run in the same turn of the event loop, so the
// parsed body is cached for that turn; edits rebase it instead of parsing again.

import { scanJson, type JsonNode, type JsonString } from '../json/parse.ts';
import { splice, type Edit } from '../json/edit.ts';
import { textFieldsOf, type TextFields } from './text-fields.ts';
import type { Limits } from '../limits.ts';
import { rebase, PositionMap } from '../json/rebase.ts';
import { TextValue } from '../json/text-value.ts';

export class ParsedRequest {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly root: JsonNode;
  readonly textFields: TextFields;
  readonly #textByNode = new Map<JsonString, TextValue>();

  constructor(bytes: Uint8Array, text: string, root: JsonNode) {
    this.bytes = bytes;
    this.text = text;
    this.root = root;
    this.textFields = textFieldsOf(text, root);
  }

  /** The text value of a node, shared by all stages. */
  textAt(node: JsonString): TextValue {
    const known = this.#textByNode.get(node);
    if (known) return known;
    const text = new TextValue(this.text.slice(node.start, node.end));
    this.#textByNode.set(node, text);
    return text;
  }

  /** The parsed body after edits; `undefined` if it must be parsed again. */
  rebase(edits: readonly Edit[], bytes: Uint8Array, text: string): ParsedRequest | undefined {
    const positionMap = new PositionMap(edits);
    // An edit that splits a surrogate pair changes the text when it is encoded.
    const root = text.isWellFormed() ? rebase(this.root, positionMap) : undefined;
    if (!root) return undefined;
    const rebased = new ParsedRequest(bytes, text, root);
    const { texts } = rebased.textFields;
    for (const [index, node] of this.textFields.texts.entries()) {
      const moved = texts[index];
      const known = this.#textByNode.get(node);
      if (moved && known && positionMap.countIn(node) === 0) rebased.#textByNode.set(moved, known);
    }
    return rebased;
  }
}

/** A parsed body that may list only its first level. */
export type TopLevel = Pick<ParsedRequest, 'text' | 'root'>;

type Bounds = Pick<Limits, 'jsonDepthMax' | 'jsonValuesMax'>;

const parsedByBytes = new WeakMap<Uint8Array, () => ParsedRequest | undefined>();
const topLevelByBytes = new WeakMap<Uint8Array, TopLevel>();

/** @throws JsonSyntaxError if the body is not JSON, JsonBoundError if it exceeds a bound */
export function parseRequest(
  bytes: Uint8Array,
  { jsonDepthMax: depthMax, jsonValuesMax: valuesMax }: Bounds,
): ParsedRequest {
  const known = parsedBody(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const parsed = new ParsedRequest(bytes, text, scanJson(text, { depthMax, valuesMax }));
  keepParsed(parsed);
  return parsed;
}

/** Lists only the first level unless the body is already parsed, to save memory for large bodies. */
export function parseTopLevel(
  bytes: Uint8Array,
  { jsonDepthMax: depthMax, jsonValuesMax: valuesMax }: Bounds,
): TopLevel {
  const known = parsedBody(bytes) ?? topLevelByBytes.get(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const top = { text, root: scanJson(text, { depthMax, valuesMax, listedDepthMax: 1 }) };
  keepForTurn(topLevelByBytes, bytes, top);
  return top;
}

/** The parsed body, if a stage of this process parsed it in this turn. */
export function parsedBody(bytes: Uint8Array): ParsedRequest | undefined {
  return parsedByBytes.get(bytes)?.();
}

/** Call again after any `await`, or the parsed body is dropped. */
export function keepParsed(parsed: ParsedRequest): void {
  keepForTurn(parsedByBytes, parsed.bytes, () => parsed);
}

/** Awaits `work` and keeps the parsed body for the next stage. */
export async function keepParsedDuring<Result>(
  bytes: Uint8Array,
  work: Promise<Result>,
): Promise<Result> {
  const known = parsedBody(bytes);
  const result = await work;
  if (known) keepParsed(known);
  return result;
}

/** Applies edits to a body. @throws RangeError as `splice` does */
export function editBody(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const known = parsedBody(bytes);
  const text = splice(known?.text ?? textOf(bytes), edits);
  const edited = Buffer.from(text);
  // Rebased lazily, as the next stage may be in another process.
  if (known) {
    let rebased: ParsedRequest | undefined;
    keepForTurn(parsedByBytes, edited, () => (rebased ??= known.rebase(edits, edited, text)));
  }
  return edited;
}

/** A parsed body takes many times the memory of its bytes, which may live as long as the response. */
function keepForTurn<Value>(
  cache: WeakMap<Uint8Array, Value>,
  bytes: Uint8Array,
  value: Value,
): void {
  cache.set(bytes, value);
  setImmediate(() => {
    // Unless it was kept again since.
    if (cache.get(bytes) === value) cache.delete(bytes);
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
