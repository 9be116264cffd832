import { property, textProperty } from '../json/edit.ts';
import type { JsonObject, JsonString } from '../json/parse.ts';

/** The text of a plain-text document, the only kind cited by character offset. */
export function documentText(text: string, document: JsonObject): JsonString | undefined {
  const source = property(document, text, 'source');
  if (source?.kind !== 'object' || textProperty(source, text, 'type') !== 'text') return undefined;
  const data = property(source, text, 'data');
  return data?.kind === 'string' ? data : undefined;
}
