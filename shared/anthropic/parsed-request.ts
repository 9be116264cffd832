// The parsed body of a request, which edits rebase instead of parsing it again.

import type { JsonNode, TextNode } from '../json/parse.ts';
import type { Edit } from '../json/edit.ts';
import { textFieldsOf, textFieldSteps, type TextFields } from './text-fields.ts';
import type { JsonLimits } from '../limits.ts';
import { rebaseSteps, PositionMap } from '../json/rebase.ts';
import { TextValue } from '../json/text-value.ts';
import type { BodyIndex } from '../scan/body-index.ts';
import { treeSteps } from '../scan/json-tree.ts';
import { processKernel } from '../scan/process-kernel.ts';
import { finished } from '../runtime/finished.ts';
import { utf8Text } from '../runtime/bytes.ts';

/** Texts moved between two yields: less than a millisecond. */
const STEP_TEXTS = 1_024;

export class ParsedRequest {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly root: JsonNode;
  readonly textFields: TextFields;
  readonly #texts = new TextsByNode();

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
    const known = this.#texts.get(node);
    if (known) return known;
    const text = new TextValue(this.text.slice(node.start, node.end));
    this.#texts.set(node, text);
    return text;
  }

  /** The parsed body after edits that keep surrogate pairs whole; `undefined` if it must be parsed again. */
  *rebaseSteps(
    edits: readonly Edit[],
    bytes: Uint8Array,
    text: string,
  ): Generator<void, ParsedRequest | undefined> {
    const positionMap = yield* PositionMap.of(edits);
    const root = yield* rebaseSteps(this.root, positionMap);
    if (!root) return undefined;
    const rebased = yield* ParsedRequest.steps(bytes, text, root);
    const { texts } = rebased.textFields;
    for (const [index, node] of this.textFields.texts.entries()) {
      if (index % STEP_TEXTS === 0) yield;
      const moved = texts[index];
      const known = this.#texts.get(node);
      if (moved && known && positionMap.countIn(node) === 0) rebased.#texts.set(moved, known);
    }
    return rebased;
  }
}

/** Many small maps: one of a million entries takes 20 ms to grow. */
class TextsByNode {
  readonly #maps: Map<TextNode, TextValue>[] = [];

  get(node: TextNode): TextValue | undefined {
    return this.#maps[node.start >>> PLACE_BITS]?.get(node);
  }

  set(node: TextNode, text: TextValue): void {
    (this.#maps[node.start >>> PLACE_BITS] ??= new Map()).set(node, text);
  }
}

/** Characters of the body that share a map. */
const PLACE_BITS = 14;

/** A parsed body that may list only its first level. */
export type TopLevel = Pick<ParsedRequest, 'text' | 'root'>;

/** @throws JsonSyntaxError if the body is not JSON, JsonBoundError if it exceeds a bound */
export function parseRequest(bytes: Uint8Array, limits: JsonLimits): ParsedRequest {
  return finished(parseSteps(bytes, limits));
}

/** Like `parseRequest`, in steps. */
export function* parseSteps(bytes: Uint8Array, limits: JsonLimits): Generator<void, ParsedRequest> {
  const index = yield* indexSteps(bytes, limits);
  return yield* indexedSteps(bytes, yield* utf8Text(bytes), index);
}

/** The parsed form of a body whose index is known, in steps. */
export function* indexedSteps(
  bytes: Uint8Array,
  text: string,
  index: BodyIndex,
): Generator<void, ParsedRequest> {
  return yield* ParsedRequest.steps(bytes, text, yield* treeSteps(index));
}

/** Kept candidates of a body: 8 MB. The texts of others are searched by themselves. */
const CANDIDATES_MAX = 1_000_000;

/** All values and texts of a body. Throws as `parseRequest`. */
export function indexSteps(
  bytes: Uint8Array,
  { depthMax, valuesMax }: JsonLimits,
): Generator<void, BodyIndex> {
  return processKernel().steps(bytes, { depthMax, valuesMax, candidatesMax: CANDIDATES_MAX });
}

/** Reads only the first level, in steps. Throws as `parseRequest`. */
export function* topLevelSteps(
  bytes: Uint8Array,
  { depthMax, valuesMax }: JsonLimits,
): Generator<void, TopLevel> {
  const bounds = { depthMax, valuesMax, listedDepthMax: 1, candidatesMax: 0, readsTexts: false };
  const index = yield* processKernel().steps(bytes, bounds);
  return { text: yield* utf8Text(bytes), root: yield* treeSteps(index) };
}
