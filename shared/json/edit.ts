// Lossless edits of JSON text: replacements are spliced into the original, which preserves big
// integers, `1.0`, key order, duplicate keys, whitespace and unknown fields.

import { finished } from '../runtime/finished.ts';
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
  return edits.length === 0 ? text : finished(spliceSteps(text, edits));
}

/** Like `splice`, in steps; joining the parts is one. */
export function* spliceSteps(text: string, edits: readonly Edit[]): Generator<void, string> {
  const parts = yield* splicedParts(text, edits);
  return parts.length === 1 ? (parts[0] ?? '') : parts.join('');
}

/** Edits applied, and characters joined, between two yields: less than a millisecond. */
const STEP_EDITS = 1_024;
const STEP_CHARS = 262_144;

/** The text after its edits in parts, none of which begins inside a surrogate pair. Throws as `splice`. */
export function* splicedParts(text: string, edits: readonly Edit[]): Generator<void, string[]> {
  const joined: string[] = [];
  let pieces: string[] = [];
  let size = 0;
  let at = 0;
  const join = () => {
    const part = pieces.join('');
    const cut = endsInPair(part) ? part.length - 1 : part.length;
    joined.push(part.slice(0, cut));
    pieces = [part.slice(cut)];
    size = 0;
  };
  function* copy(end: number): Generator<void, void> {
    while (at < end) {
      const to = Math.min(end, at + STEP_CHARS - size);
      pieces.push(text.slice(at, to));
      size += to - at;
      at = to;
      if (size < STEP_CHARS) continue;
      join();
      yield;
    }
  }
  for (const edit of yield* inTextOrder(edits)) {
    if (!isRange(edit) || edit.end > text.length) {
      throw new RangeError(`The edit [${edit.start}, ${edit.end}) is not within the text.`);
    }
    if (edit.start < at) throw new RangeError(`Edits overlap at offset ${edit.start}.`);
    if (edit.start > at) yield* copy(edit.start);
    pieces.push(edit.text);
    at = edit.end;
    size += edit.text.length;
    if (size < STEP_CHARS && pieces.length < 2 * STEP_EDITS) continue;
    join();
    yield;
  }
  yield* copy(text.length);
  joined.push(pieces.join(''));
  return joined;
}

/** Edits in text order. Throws as `splice`. */
export function* orderedEdits(
  text: string,
  edits: readonly Edit[],
): Generator<void, readonly Edit[]> {
  const ordered = yield* inTextOrder(edits);
  let at = 0;
  for (const [index, edit] of ordered.entries()) {
    if (index % STEP_MOVED === STEP_MOVED - 1) yield;
    if (!isRange(edit) || edit.end > text.length) {
      throw new RangeError(`The edit [${edit.start}, ${edit.end}] is not within the text.`);
    }
    if (edit.start < at) throw new RangeError(`Edits overlap at offset ${edit.start}.`);
    at = edit.end;
  }
  return ordered;
}

/** Whether a text ends with the first half of a surrogate pair. */
function endsInPair(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}

/** Sorts edits by position in steps: merges runs that are sorted, of which there are few. */
export function* inTextOrder(edits: readonly Edit[]): Generator<void, readonly Edit[]> {
  let runs: Edit[][] = [];
  let from = 0;
  for (let index = 1; index <= edits.length; index += 1) {
    if (index % STEP_MOVED === 0) yield;
    const [last, next] = [edits[index - 1], edits[index]];
    if (last && next && !isAfter(last, next)) continue;
    if (from === 0 && index === edits.length) return edits;
    runs.push(edits.slice(from, index));
    from = index;
  }
  while (runs.length > 1) {
    const merged: Edit[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* mergedRuns(runs[index] ?? [], runs[index + 1] ?? []));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** Edits moved between two yields: less than a millisecond. */
const STEP_MOVED = 8_192;

function* mergedRuns(first: Edit[], second: Edit[]): Generator<void, Edit[]> {
  const merged: Edit[] = [];
  let [left, right] = [0, 0];
  for (;;) {
    const [one, other] = [first[left], second[right]];
    if (!one && !other) return merged;
    // Equal ones keep their order.
    const isOther = other && (!one || isAfter(one, other));
    if (isOther) merged.push(other);
    else if (one) merged.push(one);
    if (isOther) right += 1;
    else left += 1;
    if (merged.length % STEP_MOVED === 0) yield;
  }
}

function isAfter(one: Edit, other: Edit): boolean {
  return (one.start - other.start || one.end - other.end) > 0;
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

/** Characters of a literal that are decoded between two yields: less than a millisecond. */
const STEP_DECODED = 32_768;

/** The value of a string literal, in steps. The result may be a slice. */
export function* stringSteps(literal: string): Generator<void, string> {
  const end = literal.length - 1;
  let at = 1;
  while (at < end && !literal.slice(at, at + STEP_DECODED).includes('\\')) {
    at += STEP_DECODED;
    yield;
  }
  if (at >= end) return literal.slice(1, end);
  const parts = [literal.slice(1, at)];
  while (at < end) {
    const cut = outsideEscape(literal, at, Math.min(end, at + STEP_DECODED));
    parts.push(JSON.parse(`"${literal.slice(at, cut)}"`) as string);
    at = cut;
    yield;
  }
  return parts.join('');
}

/** The last position up to `to` that is not inside an escape; `from` is not. */
function outsideEscape(literal: string, from: number, to: number): number {
  const last = literal.lastIndexOf('\\', to - 1);
  if (last < from || last + LONG_ESCAPE <= to) return to;
  let first = last;
  while (first > from && literal[first - 1] === '\\') first -= 1;
  // Of a run of backslashes, every second one begins an escape.
  if ((last - first) % 2 === 1) return to;
  const end = last + (literal[last + 1] === 'u' ? LONG_ESCAPE : 2);
  return end <= to ? to : last > from ? last : end;
}

const LONG_ESCAPE = '\\u0000'.length;

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

/** Properties compared between two yields: less than a millisecond. */
const STEP_PROPERTIES = 4_096;

/** The values of several properties by key, in steps. Of duplicate keys the last one counts. */
export function* lastProperties(
  node: JsonNode,
  text: string,
  keys: readonly string[],
): Generator<void, ReadonlyMap<string, JsonNode>> {
  const values = new Map<string, JsonNode>();
  for (const [index, each] of (node.kind === 'object' ? node.properties : []).entries()) {
    const key = keys.find((one) => hasKey(each, text, one));
    if (key !== undefined) values.set(key, each.value);
    if (index % STEP_PROPERTIES === STEP_PROPERTIES - 1) yield;
  }
  return values;
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
