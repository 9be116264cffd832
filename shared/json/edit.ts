// Lossless edits of JSON text. A body is never parsed and stringified anew: changed leaves are
// spliced into the original text, so that 12345678901234567890, 1.0, key order, duplicate keys,
// whitespace and unknown fields survive.

import type { JsonNode, JsonString } from './parse.ts';

/**
 * Replaces `[start, end)` of the text, in UTF-16 units, by `text`, which stands as it is: a literal
 * replaces a literal. Where `start` is `end`, it is an retrieval report.
 */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * `text` with all `edits`, given in any order; insertions at one place keep theirs. Without edits it
 * is the same string.
 * @throws RangeError when edits overlap or leave the text.
 */
export function splice(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const chunks: string[] = [];
  let at = 0;
  for (const edit of edits.toSorted(
    (one, other) => one.start - other.start || one.end - other.end,
  )) {
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

function isRange({ start, end }: Edit): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end;
}

/** The value of a string in the scanned `text`. May keep all of `text` alive as long as it lives. */
export function stringAt(text: string, span: JsonString): string {
  const inner = text.slice(span.start + 1, span.end - 1);
  if (!inner.includes('\\')) return inner;
  const value: string = JSON.parse(text.slice(span.start, span.end));
  return value;
}

/** The JSON literal of `value`; a lone surrogate becomes an escape, as UTF-8 cannot carry it. */
export function stringLiteral(value: string): string {
  return JSON.stringify(value);
}

/**
 * The value under `key`, if `span` is an object that has it. Of duplicates the last, as JSON.parse and
 * most other readers take that one.
 */
export function property(span: JsonNode, text: string, key: string): JsonNode | undefined {
  if (span.kind !== 'object') return undefined;
  // An escape is longer than what it stands for, so a key in the text is never shorter than its value.
  const unitsMin = key.length + 2;
  return span.entries.findLast(
    (entry) => entry.key.end - entry.key.start >= unitsMin && stringAt(text, entry.key) === key,
  )?.value;
}

/** The value of the string under `key`; undefined where there is none, or something else. */
export function textProperty(span: JsonNode, text: string, key: string): string | undefined {
  const value = property(span, text, key);
  return value?.kind === 'string' ? stringAt(text, value) : undefined;
}

/** The values of all members of that name, if `span` is an object. */
export function* everyProperty(span: JsonNode, text: string, key: string): Generator<JsonNode> {
  if (span.kind !== 'object') return;
  const unitsMin = key.length + 2;
  for (const entry of span.entries) {
    const units = entry.key.end - entry.key.start;
    if (units >= unitsMin && stringAt(text, entry.key) === key) yield entry.value;
  }
}
