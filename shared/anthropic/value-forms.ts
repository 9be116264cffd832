// Whether numbers are integers, and strings base64. For long values this is found in steps.

import { finished } from '../runtime/finished.ts';
import { integerSteps, integerText, SHORT_LITERAL } from '../json/integer-text.ts';
import type { JsonNode, TextNode } from '../json/parse.ts';
import { base64Steps } from './protocol-forms.ts';

export class ValueForms {
  readonly #text: string;
  /** Of long values. */
  readonly #isOfForm = new Map<JsonNode, boolean>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether `isInteger` and `isBase64` are quick: true of short values, and after `find`. */
  isKnown(node: TextNode, reading: string): boolean {
    const isLong = node.end - node.start > SHORT_LITERAL;
    const isAsked = node.kind === 'number' || reading === 'media';
    return !(isLong && isAsked) || this.#isOfForm.has(node);
  }

  /** Finds the form of a long value in steps, and then calls `found`. */
  *find(node: TextNode, found: () => void): Generator<void, void> {
    const isOfForm =
      node.kind === 'number'
        ? (yield* integerSteps(this.#literalOf(node))) !== undefined
        : yield* base64Steps(this.#text, node);
    this.#isOfForm.set(node, isOfForm);
    found();
  }

  isInteger(node: JsonNode): boolean {
    return this.#isOfForm.get(node) ?? integerText(this.#literalOf(node)) !== undefined;
  }

  isBase64(node: JsonNode): boolean {
    return this.#isOfForm.get(node) ?? finished(base64Steps(this.#text, node));
  }

  #literalOf({ start, end }: JsonNode): string {
    return this.#text.slice(start, end);
  }
}
