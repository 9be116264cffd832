// Citations refer to documents by character offset, which placeholders shift. The ingress translates a
// response's offsets for the client; this translates them back when the client returns them.

import type { JsonObject, JsonString } from '../../shared/json/parse.ts';
import { inTextOrder, property, stringSteps, type Edit } from '../../shared/json/edit.ts';
import { countBefore } from '../../shared/runtime/sorted.ts';

/** Placeholder start in the sent text, placeholder length, value length; in code points. */
export type Replacement = [number, number, number];

/** The replacements of one document, in text order. */
export function* replacementsOf(
  text: string,
  node: JsonString,
  edits: readonly Edit[],
): Generator<void, Replacement[]> {
  const replacements: Replacement[] = [];
  let at = node.start + 1;
  let sentAt = 0;
  for (const edit of yield* inTextOrder(edits)) {
    sentAt += yield* codePoints(text, at, edit.start);
    const valueLength = yield* codePoints(text, edit.start, edit.end);
    replacements.push([sentAt, edit.text.length, valueLength]);
    sentAt += edit.text.length;
    at = edit.end;
    yield;
  }
  return replacements;
}

/** Edits that translate the offsets of `citations` to the documents as sent upstream. */
export function* citationEdits(
  text: string,
  citations: readonly JsonObject[],
  documents: ReadonlyMap<string, readonly Replacement[]>,
): Generator<void, Edit[]> {
  const edits: Edit[] = [];
  if (documents.size === 0) return edits;
  for (const [at, citation] of citations.entries()) {
    if (at % STEP_CITATIONS === 0) yield;
    const index = property(citation, text, 'document_index');
    const replacements = index && documents.get(text.slice(index.start, index.end));
    if (!replacements) continue;
    for (const name of ['start_char_index', 'end_char_index']) {
      const offset = property(citation, text, name);
      if (offset?.kind !== 'number') continue;
      const { start, end } = offset;
      const sent = sentOffset(Number(text.slice(start, end)), replacements);
      edits.push({ start, end, text: String(sent) });
    }
  }
  return edits;
}

/** Citations read between two yields: less than a millisecond. */
const STEP_CITATIONS = 256;

/** Maps an offset of the original text to the sent text. */
export function sentOffset(original: number, replacements: readonly Replacement[]): number {
  const starts = originalStartsOf(replacements);
  const index = countBefore(starts, original) - 1;
  const replaced = replacements[index];
  const start = starts[index]?.start;
  if (!replaced || start === undefined) return original;
  const [sentAt, placeholderLength, valueLength] = replaced;
  // An offset inside a value maps to the end of its placeholder.
  if (original < start + valueLength) return sentAt + placeholderLength;
  return sentAt + placeholderLength + (original - start - valueLength);
}

/** Starts of the replaced values in the original text; a request may cite a document thousands of times. */
const originalStarts = new WeakMap<readonly Replacement[], readonly Start[]>();

interface Start {
  readonly start: number;
}

function originalStartsOf(replacements: readonly Replacement[]): readonly Start[] {
  const known = originalStarts.get(replacements);
  if (known) return known;
  let shift = 0;
  const starts = replacements.map(([sentAt, placeholderLength, valueLength]) => {
    const start = sentAt - shift;
    shift += placeholderLength - valueLength;
    return { start };
  });
  originalStarts.set(replacements, starts);
  return starts;
}

/** Characters counted between two yields: less than a millisecond. */
const STEP_CHARS = 65_536;

/** Code points of the decoded slice `[start, end)` of a JSON literal. */
function* codePoints(text: string, start: number, end: number): Generator<void, number> {
  const value = yield* stringSteps(`"${text.slice(start, end)}"`);
  let count = value.length;
  for (let at = 1; at < value.length; at += 1) {
    if (isPair(value.charCodeAt(at - 1), value.charCodeAt(at))) count -= 1;
    if (at % STEP_CHARS === 0) yield;
  }
  return count;
}

function isPair(high: number, low: number): boolean {
  return (high & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00;
}
