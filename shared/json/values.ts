// The values of an object by key, duplicates included, because JSON parsers differ in which one they use.
// Ignores letter case, as some parsers do, such as Go's.

import { stringAt } from './edit.ts';
import type { JsonNode } from './parse.ts';

/** A key as case-insensitive parsers see it. */
export function foldedKey(key: string): string {
  const lower = key.toLowerCase();
  return lower.includes('ſ') ? lower.replaceAll('ſ', 's') : lower;
}

/** Every value of a key, which is given in lower case. */
export function valuesOf(node: JsonNode, text: string, key: string): JsonNode[] {
  const values: JsonNode[] = [];
  if (node.kind !== 'object') return values;
  for (const { key: literal, value } of node.properties) {
    // A character may be a six-character escape.
    const excess = literal.end - literal.start - 2 - key.length;
    if (excess < 0 || excess > 5 * key.length) continue;
    const isKey =
      (excess === 0 && text.startsWith(key, literal.start + 1)) ||
      // Comparing the last character first spares most keys the rest.
      ((excess > 0 || mayEnd(key, text, literal.end)) &&
        foldedKey(stringAt(text, literal)) === key);
    if (isKey) values.push(value);
  }
  return values;
}

/** Whether a key of the same length, whose literal ends here, may be this one in another case. */
function mayEnd(key: string, text: string, end: number): boolean {
  const code = text.charCodeAt(end - 2);
  return code > 127 || (code | 32) === (key.charCodeAt(key.length - 1) | 32);
}

/** Every text of a key. */
export function textsOf(node: JsonNode, text: string, key: string): string[] {
  const texts: string[] = [];
  for (const value of valuesOf(node, text, key)) {
    if (value.kind === 'string') texts.push(stringAt(text, value));
  }
  return texts;
}

/** A text, or the texts in a list, however deep. */
export function listedTexts(text: string, value: JsonNode): string[] {
  const texts: string[] = [];
  for (const item of listed(value)) if (item.kind === 'string') texts.push(stringAt(text, item));
  return texts;
}

/** A value, or the items of a list, however deep, in their order. */
export function listed(value: JsonNode): JsonNode[] {
  if (value.kind !== 'array') return [value];
  const items: JsonNode[] = [];
  const open: JsonNode[] = [value];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.kind === 'array') for (const item of node.items.toReversed()) open.push(item);
    else items.push(node);
  }
  return items;
}
