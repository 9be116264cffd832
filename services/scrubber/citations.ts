// Citations point into documents by character, and placeholders change where characters stand. An
// answer's offsets are translated home by the ingress; when the conversation comes back with them,
// they are translated here again, so that the upstream sees exactly what it once said.

import type { JsonObject, JsonString } from '../../shared/json/parse.ts';
import { property, type Edit } from '../../shared/json/edit.ts';

/** Start of the placeholder in the text sent on, its length, the length of the value: code points. */
export type Replacement = [number, number, number];

/** Describes a document's edits, in order of the text. */
export function replacementsOf(
  text: string,
  span: JsonString,
  edits: readonly Edit[],
): Replacement[] {
  const replacements: Replacement[] = [];
  let at = span.start + 1;
  let sentAt = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    sentAt += codePoints(text, at, edit.start);
    const valueLength = codePoints(text, edit.start, edit.end);
    replacements.push([sentAt, edit.text.length, valueLength]);
    sentAt += edit.text.length;
    at = edit.end;
  }
  return replacements;
}

/** Edits that translate the offsets of `citations` into the documents as they are sent on. */
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

/** Where an offset of the original text stands in the text sent on. */
export function sentOffset(original: number, replacements: readonly Replacement[]): number {
  let grown = 0;
  for (const [sentAt, tokenLength, valueLength] of replacements) {
    const originalAt = sentAt - grown;
    if (original <= originalAt) break;
    // Inside a value there is no such place: the end of its placeholder covers it.
    if (original < originalAt + valueLength) return sentAt + tokenLength;
    grown += tokenLength - valueLength;
  }
  return original + grown;
}

/** Code points of the value that `[start, end)` of a JSON literal stands for. */
function codePoints(text: string, start: number, end: number): number {
  const value = JSON.parse(`"${text.slice(start, end)}"`) as string;
  return Array.from(value).length;
}
