// Citations by character refer to the document that the upstream received, with placeholders; the
// client knows it without. Offsets count code points, as the upstream does.

import type { JsonObject } from '../../../shared/json/parse.ts';
import { property, type Edit } from '../../../shared/json/edit.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';

type Replacements = Vault['documents'][string];

/** Edits that map a citation's offsets to the client's document. */
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

/** Maps an offset in the forwarded text to the original text. */
export function originalOffset(
  offset: number,
  side: 'start' | 'end',
  replacements: Replacements,
): number {
  let shift = 0;
  for (const [start, placeholderLength, valueLength] of replacements) {
    if (offset <= start) break;
    // An offset inside a placeholder has no counterpart, so the citation covers the whole value.
    if (offset < start + placeholderLength)
      return start + shift + (side === 'start' ? 0 : valueLength);
    shift += valueLength - placeholderLength;
  }
  return offset + shift;
}

function integerAt(text: string, object: JsonObject, key: string): Edit | undefined {
  const value = property(object, text, key);
  if (value?.kind !== 'number') return undefined;
  const literal = text.slice(value.start, value.end);
  return /^\d+$/.test(literal) ? { ...value, text: literal } : undefined;
}
