// Citations refer to documents by character offset, which placeholders shift. The ingress translates a
// response's offsets for the client; this translates them back when the client returns them.

import type { JsonObject, JsonString } from '../../shared/json/parse.ts';
import { property, type Edit } from '../../shared/json/edit.ts';
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
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    sentAt += codePoints(text, at, edit.start);
    const valueLength = codePoints(text, edit.start, edit.end);
    replacements.push([sentAt, edit.text.length, valueLength]);
    sentAt += edit.text.length;
    at = edit.end;
    yield;
  }
  return replacements;
}

/** Edits that translate the offsets of `citations` to the documents as sent upstream. */
export function citationEdits(
  text: string,
  citations: readonly JsonObject[],
  documents: ReadonlyMap<string, readonly Replacement[]>,
): Edit[] {
  if (documents.size === 0) return [];
  return citations.flatMap((citation) => {
    const index = property(citation, text, 'document_index');
    const replacements = index && documents.get(text.slice(index.start, index.end));
    if (!replacements) return [];
    return ['start_char_index', 'end_char_index'].flatMap((name): Edit[] => {
      const offset = property(citation, text, name);
      if (offset?.kind !== 'number') return [];
      const { start, end } = offset;
      return [
        { start, end, text: String(sentOffset(Number(text.slice(start, end)), replacements)) },
      ];
    });
  });
}

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

/** Code points of the decoded slice `[start, end)` of a JSON literal. */
function codePoints(text: string, start: number, end: number): number {
  const value = JSON.parse(`"${text.slice(start, end)}"`) as string;
  return Array.from(value).length;
}
