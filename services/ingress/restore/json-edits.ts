// What is to be changed in an answer's JSON, as edits of its text.

import type { JsonNode, JsonString } from '../../../shared/json/parse.ts';
import type { Edit } from '../../../shared/json/edit.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { renumberingEdits } from '../../../shared/anthropic/citation-numbers.ts';
import { citationEdits } from './citation-offsets.ts';
import { restorable } from './restorable.ts';
import { restoreWritten } from './restore-written.ts';

/** Edits that restore the scanned `text`, except in the string `apart`. */
export function jsonEdits(
  text: string,
  root: JsonNode,
  vault: StageReports,
  apart?: JsonString,
): Edit[] {
  const { texts, charLocations, resultLocations } = restorable(text, root);
  const numbers = vault.retrievalReport?.searchResults;
  const edits = [
    ...charLocations.flatMap((citation) => citationEdits(text, citation, vault.documents)),
    ...resultLocations.flatMap((citation) => renumberingEdits(text, citation, numbers)),
  ];
  for (const span of texts) {
    if (span === apart) continue;
    const inner = { start: span.start + 1, end: span.end - 1 };
    const written = text.slice(inner.start, inner.end);
    const { done, held } = restoreWritten(written, 1, vault.values);
    if (done + held !== written) edits.push({ ...inner, text: done + held });
  }
  return edits;
}
