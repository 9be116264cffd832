// Lossless edits of JSON text: replacements are spliced into the original, which preserves big
// integers, `1.0`, key order, duplicate keys, whitespace and unknown fields.

import type { Property, JsonNode, JsonString } from './parse.ts';

/**
 * Replaces `[start, end)`, in UTF-16 code units, with the JSON text `text`. An edit with `start`
 * equal to `end` inserts.
 */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies `edits`, given in any order; insertions at the same offset keep their order.
 * @throws RangeError if edits overlap or exceed the text
 */
export function splice(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const chunks: string[] = [];
  let at = 0;
  for (const edit of inTextOrder(edits)) {
    if (!isRange(edit) || edit.end > text.length) {
      throw new RangeError(`The edit [${edit.start}, ${edit.end}) is not within the text.`);
    }
    if (edit.start < at) throw new RangeError(`Edits overlap at offset ${edit.start}.`);
    chunks.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  chunks.push(text.slice(at));
  return chunks.join('');
}

/** Sorts edits by position, unless they are sorted: sorting takes long even then. */
export function inTextOrder(edits: readonly Edit[]): readonly Edit[] {
  const order = (one: Edit, other: Edit) => one.start - other.start || one.end - other.end;
  let last: Edit | undefined;
  for (const edit of edits) {
    if (last && order(last, edit) > 0) return edits.toSorted(order);
    last = edit;
  }
  return edits;
}

function isRange({ start, end }: Edit): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end;
}

/** The value of a string node. The result may be a slice that keeps `text` in memory. */
export function stringAt(text: string, node: JsonString): string {
  const inner = text.slice(node.start + 1, node.end - 1);
  if (!inner.includes('\\')) return inner;
  const value: string = JSON.parse(text.slice(node.start, node.end));
  return value;
}

/** The JSON literal of `value`. Lone surrogates are escaped, as UTF-8 cannot encode them. */
export function stringLiteral(value: string): string {
  return JSON.stringify(value);
}

/**
 * The value of a property, or `undefined` if `node` is no object or lacks it. Of duplicate keys the
 * last one counts, as in JSON.parse.
 */
export function property(node: JsonNode, text: string, key: string): JsonNode | undefined {
  if (node.kind !== 'object') return undefined;
  return node.properties.findLast((each) => hasKey(each, text, key))?.value;
}

/** The value of a string property; `undefined` for any other type. */
export function textProperty(node: JsonNode, text: string, key: string): string | undefined {
  const value = property(node, text, key);
  return value?.kind === 'string' ? stringAt(text, value) : undefined;
}

/** The values of all properties with this key, including duplicates. */
export function* everyProperty(node: JsonNode, text: string, key: string): Generator<JsonNode> {
  if (node.kind !== 'object') return;
  for (const each of node.properties) if (hasKey(each, text, key)) yield each.value;
}

/** Compares lengths first: escapes only lengthen a literal. */
function hasKey({ key: node }: Property, text: string, key: string): boolean {
  return node.end - node.start >= key.length + 2 && stringAt(text, node) === key;
}
