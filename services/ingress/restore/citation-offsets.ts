// Citations by character refer to the document that the upstream received, with placeholders; the
// client knows it without. Offsets count code points, as the upstream does.

import type { JsonObject } from '../../../shared/json/parse.ts';
import { property, type Edit } from '../../../shared/json/edit.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import { countBefore } from '../../../shared/runtime/sorted.ts';

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
  const shifted = shiftedOf(replacements);
  const last = shifted[countBefore(shifted, offset) - 1];
  if (!last) return offset;
  const { start, placeholderLength, valueLength, shift } = last;
  // An offset inside a placeholder has no counterpart, so the citation covers the whole value.
  if (offset < start + placeholderLength)
    return start + shift + (side === 'start' ? 0 : valueLength);
  return offset + shift + valueLength - placeholderLength;
}

interface Shifted {
  readonly start: number;
  readonly placeholderLength: number;
  readonly valueLength: number;
  /** From a position before it to the original text. */
  readonly shift: number;
}

/** Kept, because a response may cite a document thousands of times. */
const shiftedByReplacements = new WeakMap<Replacements, readonly Shifted[]>();

function shiftedOf(replacements: Replacements): readonly Shifted[] {
  const known = shiftedByReplacements.get(replacements);
  if (known) return known;
  let shift = 0;
  const shifted = replacements.map(([start, placeholderLength, valueLength]) => {
    const one = { start, placeholderLength, valueLength, shift };
    shift += valueLength - placeholderLength;
    return one;
  });
  shiftedByReplacements.set(replacements, shifted);
  return shifted;
}

function integerAt(text: string, object: JsonObject, key: string): Edit | undefined {
  const value = property(object, text, key);
  if (value?.kind !== 'number') return undefined;
  const literal = text.slice(value.start, value.end);
  return /^\d+$/.test(literal) ? { ...value, text: literal } : undefined;
}
