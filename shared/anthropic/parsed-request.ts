// The parsed body of a request, which edits rebase instead of parsing it again.

import { scanJson, scanSteps, type JsonNode, type TextNode } from '../json/parse.ts';
import { splice, type Edit } from '../json/edit.ts';
import { textFieldsOf, textFieldSteps, type TextFields } from './text-fields.ts';
import type { JsonLimits } from '../limits.ts';
import { rebaseSteps, PositionMap } from '../json/rebase.ts';
import { TextValue } from '../json/text-value.ts';
import { finished } from '../runtime/finished.ts';

/** Texts moved between two yields: less than a millisecond. */
const STEP_TEXTS = 1_024;

export class ParsedRequest {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly root: JsonNode;
  readonly textFields: TextFields;
  readonly #textByNode = new Map<TextNode, TextValue>();

  constructor(
    bytes: Uint8Array,
    text: string,
    root: JsonNode,
    textFields = textFieldsOf(text, root),
  ) {
    this.bytes = bytes;
    this.text = text;
    this.root = root;
    this.textFields = textFields;
  }

  /** Finds the texts in steps. */
  static *steps(bytes: Uint8Array, text: string, root: JsonNode): Generator<void, ParsedRequest> {
    return new ParsedRequest(bytes, text, root, yield* textFieldSteps(text, root));
  }

  /** The text value of a node, shared by all stages. */
  textAt(node: TextNode): TextValue {
    const known = this.#textByNode.get(node);
    if (known) return known;
    const text = new TextValue(this.text.slice(node.start, node.end));
    this.#textByNode.set(node, text);
    return text;
  }

  /** The parsed body after edits; `undefined` if it must be parsed again. */
  rebase(edits: readonly Edit[], bytes: Uint8Array, text: string): ParsedRequest | undefined {
    return finished(this.rebaseSteps(edits, bytes, text));
  }

  /** Like `rebase`, in steps. */
  *rebaseSteps(
    edits: readonly Edit[],
    bytes: Uint8Array,
    text: string,
  ): Generator<void, ParsedRequest | undefined> {
    const positionMap = new PositionMap(edits);
    // An edit that splits a surrogate pair changes the text when it is encoded.
    const root = text.isWellFormed() ? yield* rebaseSteps(this.root, positionMap) : undefined;
    if (!root) return undefined;
    const rebased = yield* ParsedRequest.steps(bytes, text, root);
    const { texts } = rebased.textFields;
    for (const [index, node] of this.textFields.texts.entries()) {
      if (index % STEP_TEXTS === 0) yield;
      const moved = texts[index];
      const known = this.#textByNode.get(node);
      if (moved && known && positionMap.countIn(node) === 0) rebased.#textByNode.set(moved, known);
    }
    return rebased;
  }
}

/** A parsed body that may list only its first level. */
export type TopLevel = Pick<ParsedRequest, 'text' | 'root'>;

/** @throws JsonSyntaxError if the body is not JSON, JsonBoundError if it exceeds a bound */
export function parseRequest(bytes: Uint8Array, limits: JsonLimits): ParsedRequest {
  return finished(parseSteps(bytes, limits));
}

/** Like `parseRequest`, in steps. */
export function* parseSteps(
  bytes: Uint8Array,
  { depthMax, valuesMax }: JsonLimits,
): Generator<void, ParsedRequest> {
  const text = textOf(bytes);
  const root = yield* scanSteps(text, { depthMax, valuesMax });
  return yield* ParsedRequest.steps(bytes, text, root);
}

/** Lists only the first level. Throws as `parseRequest`. */
export function parseTopLevel(bytes: Uint8Array, { depthMax, valuesMax }: JsonLimits): TopLevel {
  const text = textOf(bytes);
  return { text, root: scanJson(text, { depthMax, valuesMax, listedDepthMax: 1 }) };
}

/** The text of a body after edits; decoded unless it is known. @throws RangeError as `splice` does */
export function editedText(bytes: Uint8Array, edits: readonly Edit[], text?: string): string {
  return splice(text ?? textOf(bytes), edits);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
