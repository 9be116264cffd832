// Citations by character refer to a document's text as the upstream has it, with placeholders; the
// client has the text without. Offsets are code points, as the upstream counts them.

import type { JsonObject } from '../../../shared/json/parse.ts';
import { property, type Edit } from '../../../shared/json/edit.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';

type Replacements = Vault['documents'][string];

/** Edits that translate a citation's offsets into the document as the client knows it. */
export function citationEdits(
  text: string,
  citation: JsonObject,
  documents: Vault['documents'],
): Edit[] {
  const index = integerAt(text, citation, 'document_index')?.text ?? '';
  const replacements = Object.hasOwn(documents, index) ? documents[index] : undefined;
  if (!replacements) return [];
  return (['start', 'end'] as const).flatMap((side): Edit[] => {
    const offset = integerAt(text, citation, `${side}_char_index`);
    if (!offset) return [];
    const original = originalOffset(Number(offset.text), side, replacements);
    return [{ start: offset.start, end: offset.end, text: String(original) }];
  });
}

/** Where an offset of the text that was sent on stands in the original. */
export function originalOffset(
  sent: number,
  side: 'start' | 'end',
  replacements: Replacements,
): number {
  let grown = 0;
  for (const [start, tokenLength, valueLength] of replacements) {
    if (sent <= start) break;
    // Inside a placeholder there is no such place, so the citation is widened to the whole value.
    if (sent < start + tokenLength) return start + grown + (side === 'start' ? 0 : valueLength);
    grown += valueLength - tokenLength;
  }
  return sent + grown;
}

function integerAt(text: string, object: JsonObject, key: string): Edit | undefined {
  const value = property(object, text, key);
  if (value?.kind !== 'number') return undefined;
  const literal = text.slice(value.start, value.end);
  return /^\d+$/.test(literal) ? { ...value, text: literal } : undefined;
}
