// The values of an object by key, duplicates included, because JSON parsers differ in which one they use.

import { stringAt } from './edit.ts';
import type { JsonNode } from './parse.ts';

/** Every value of a key. Like `everyProperty`, without a generator, for objects that are many. */
export function valuesOf(node: JsonNode, text: string, key: string): JsonNode[] {
  const values: JsonNode[] = [];
  if (node.kind !== 'object') return values;
  for (const { key: literal, value } of node.properties) {
    // A character may be a six-character escape.
    const excess = literal.end - literal.start - 2 - key.length;
    if (excess < 0 || excess > 5 * key.length) continue;
    const isKey =
      excess === 0 ? text.startsWith(key, literal.start + 1) : stringAt(text, literal) === key;
    if (isKey) values.push(value);
  }
  return values;
}

/** Every text of a key. */
export function textsOf(node: JsonNode, text: string, key: string): string[] {
  const texts: string[] = [];
  for (const value of valuesOf(node, text, key)) {
    if (value.kind === 'string') texts.push(stringAt(text, value));
  }
  return texts;
}

/** Every item of the lists of a key. */
export function itemsOf(node: JsonNode, text: string, key: string): JsonNode[] {
  return valuesOf(node, text, key).flatMap((list) => (list.kind === 'array' ? list.items : []));
}
