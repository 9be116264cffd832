// The parsed JSON of a response event. Positions refer to binary text; values are decoded on access.

import { binaryText, decodedSteps, decodedText } from '../../json/binary-text.ts';
import { property, stringLiteral, stringSteps, textProperty, type Edit } from '../../json/edit.ts';
import type { JsonNode, JsonString } from '../../json/parse.ts';

/** Decoded in less than a millisecond. */
const SHORT_CHARS = 65_536;

export class EventJson {
  /** Binary text. */
  readonly text: string;
  readonly root: JsonNode;

  constructor(text: string, root: JsonNode) {
    this.text = text;
    this.root = root;
  }

  /** A property of `node`, by default of the root; `undefined` if there is none. */
  property(key: string, node: JsonNode | undefined = this.root): JsonNode | undefined {
    return node && property(node, this.text, key);
  }

  /** A property whose values are ASCII words, such as `type`. */
  word(key: string, node: JsonNode | undefined = this.root): string | undefined {
    return node && textProperty(node, this.text, key);
  }

  /** A property that is a string; `undefined` for any other type. */
  string(key: string, node: JsonNode | undefined = this.root): JsonString | undefined {
    const value = this.property(key, node);
    return value?.kind === 'string' ? value : undefined;
  }

  /** The block index as raw JSON, if the event has one. */
  get index(): string | undefined {
    const index = this.property('index');
    return index?.kind === 'number' ? this.text.slice(index.start, index.end) : undefined;
  }

  /** The value of a string. */
  valueOf(node: JsonString): string {
    const inner = decodedText(this.text.slice(node.start + 1, node.end - 1));
    if (!inner.includes('\\')) return inner;
    const value: string = JSON.parse(`"${inner}"`);
    return value;
  }

  /** Like `valueOf`, in steps. */
  *valueSteps(node: JsonString): Generator<void, string> {
    if (node.end - node.start <= SHORT_CHARS) return this.valueOf(node);
    const binary = this.text.slice(node.start, node.end);
    return yield* stringSteps(yield* decodedSteps(binary));
  }

  /** The JSON of a node. */
  literalOf(node: JsonNode): string {
    return decodedText(this.text.slice(node.start, node.end));
  }

  /** The edit that gives a string another value. */
  editOf(node: JsonString, value: string): Edit {
    const text = binaryText(stringLiteral(value).slice(1, -1));
    return { start: node.start + 1, end: node.end - 1, text };
  }
}
