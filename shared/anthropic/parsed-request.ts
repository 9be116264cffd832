// The parsed body of a request, which edits rebase instead of parsing it again.

import type { JsonNode, TextNode } from '../json/parse.ts';
import type { Edit } from '../json/edit.ts';
import { movedFields, type FieldsBefore } from './moved-fields.ts';
import { foundFieldSteps, type TextFields } from './text-fields.ts';
import type { JsonLimits } from '../limits.ts';
import type { SplicedBytes } from '../json/byte-splice.ts';
import { needNoEscape } from '../json/rebase.ts';
import { TextValue } from '../json/text-value.ts';
import { NODE_WORDS } from '../scan/body-index.ts';
import { jsonTree, treeSteps } from '../scan/json-tree.ts';
import { movedNodes } from '../scan/moved-nodes.ts';
import { processKernel, type ScannedBody } from '../scan/process-kernel.ts';
import { finished } from '../runtime/finished.ts';
import { utf8Text } from '../runtime/bytes.ts';

/** What a body has, and what is made of its bytes and nodes on demand. */
interface Parts extends FieldsBefore {
  readonly bytes: Uint8Array;
  readonly text?: string;
  readonly root?: JsonNode;
  /** Those of the index, at their places in this body. */
  readonly nodes: Uint32Array;
  readonly scanned: ScannedBody;
  readonly texts: Texts;
}

export class ParsedRequest {
  readonly bytes: Uint8Array;
  readonly textFields: TextFields;
  readonly #parts: Parts;
  #text: string | undefined;
  #root: JsonNode | undefined;

  private constructor(parts: Parts) {
    this.bytes = parts.bytes;
    this.textFields = parts.fields;
    this.#parts = parts;
    this.#text = parts.text;
    this.#root = parts.root;
  }

  /** Finds the texts in steps. */
  static steps(
    bytes: Uint8Array,
    tree: TopLevel,
    scanned: ScannedBody,
  ): Generator<void, ParsedRequest> {
    const { nodes, strings } = scanned.index;
    return ParsedRequest.#steps(tree, { bytes, scanned, nodes, strings, texts: new Texts() });
  }

  static *#steps(
    { text, root }: TopLevel,
    parts: Omit<Parts, 'fields' | 'decisive'>,
  ): Generator<void, ParsedRequest> {
    const found = yield* foundFieldSteps(text, root);
    return new ParsedRequest({ ...parts, ...found, text, root });
  }

  get text(): string {
    return (this.#text ??= finished(utf8Text(this.bytes)));
  }

  get root(): JsonNode {
    return (this.#root ??= jsonTree(this.#parts));
  }

  /** The text value of a node, shared by all stages. */
  textAt(node: TextNode): TextValue {
    const { texts, scanned } = this.#parts;
    const known = texts.get(node);
    if (known) return known;
    const literal = this.text.slice(node.start, node.end);
    const number = node.kind === 'string' ? node.index : undefined;
    const text =
      number === undefined || !scanned.hasTexts
        ? new TextValue(literal)
        : new TextValue(literal, scanned, number);
    texts.set(node, text);
    return text;
  }

  /** The parsed body after edits; `undefined` if it must be parsed again. */
  *rebaseSteps(
    edits: readonly Edit[],
    { bytes, places }: SplicedBytes,
  ): Generator<void, ParsedRequest | undefined> {
    if (!(yield* needNoEscape(edits))) return undefined;
    const moved = yield* movedNodes(this.#parts.nodes, places);
    if (!moved) return undefined;
    const { nodes } = moved;
    const parts = { ...this.#parts, bytes, nodes, texts: this.#parts.texts.ofUnchanged() };
    const fields = yield* movedFields(this.#parts, moved, places);
    if (!fields) {
      const tree = { text: yield* utf8Text(bytes), root: yield* treeSteps(parts) };
      return yield* ParsedRequest.#steps(tree, parts);
    }
    const { text: _, root: __, ...rest } = parts;
    if (isQuick(parts)) return new ParsedRequest({ ...rest, fields });
    const root = yield* treeSteps(parts);
    return new ParsedRequest({ ...rest, fields, root, text: yield* utf8Text(bytes) });
  }
}

/** Larger texts and trees are made in steps, whether they are needed or not. */
const QUICK_BYTES = 2 ** 21;
const QUICK_NODES = 2 ** 14;

function isQuick({ bytes, nodes }: Pick<Parts, 'bytes' | 'nodes'>): boolean {
  return bytes.byteLength <= QUICK_BYTES && nodes.length / NODE_WORDS <= QUICK_NODES;
}

/** Text values by node: of strings that are in the index by their number, of others by their position. */
class Texts {
  readonly #indexed: (TextValue | undefined)[][];
  /** Many small maps: one of a million entries takes 20 ms to grow. */
  readonly #others: Map<number, TextValue>[] = [];

  constructor(indexed: (TextValue | undefined)[][] = []) {
    this.#indexed = indexed;
  }

  /** Edited strings have no number any more, and all others keep theirs. */
  ofUnchanged(): Texts {
    return new Texts(this.#indexed);
  }

  get(node: TextNode): TextValue | undefined {
    const number = node.kind === 'string' ? node.index : undefined;
    return number === undefined
      ? this.#others[node.start >>> PART_BITS]?.get(node.start)
      : this.#indexed[number >>> PART_BITS]?.[number & PART_MASK];
  }

  set(node: TextNode, text: TextValue): void {
    const number = node.kind === 'string' ? node.index : undefined;
    if (number === undefined) {
      (this.#others[node.start >>> PART_BITS] ??= new Map()).set(node.start, text);
    } else (this.#indexed[number >>> PART_BITS] ??= [])[number & PART_MASK] = text;
  }
}

/** Numbers, or positions, of texts that are kept together. */
const PART_BITS = 10;
const PART_MASK = 2 ** PART_BITS - 1;

/** A parsed body that may list only its first level. */
export type TopLevel = Pick<ParsedRequest, 'text' | 'root'>;

/** @throws JsonSyntaxError if the body is not JSON, JsonBoundError if it exceeds a bound */
export function parseRequest(bytes: Uint8Array, limits: JsonLimits): ParsedRequest {
  return finished(parseSteps(bytes, limits));
}

/** Like `parseRequest`, in steps. */
export function* parseSteps(bytes: Uint8Array, limits: JsonLimits): Generator<void, ParsedRequest> {
  const scanned = yield* scanSteps(bytes, limits);
  const tree = { text: yield* utf8Text(bytes), root: yield* treeSteps(scanned.index) };
  return yield* ParsedRequest.steps(bytes, tree, scanned);
}

/** Kept candidates of a body: 8 MB. The texts of others are searched by themselves. */
const CANDIDATES_MAX = 1_000_000;

/** Reads all values of a body, and its texts in a process that searches any. Throws as `parseRequest`. */
export function scanSteps(
  bytes: Uint8Array,
  { depthMax, valuesMax }: JsonLimits,
): Generator<void, ScannedBody> {
  const kernel = processKernel();
  const { readsTexts } = kernel;
  const bounds = { depthMax, valuesMax, candidatesMax: CANDIDATES_MAX, readsTexts };
  return kernel.scan(bytes, bounds);
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
