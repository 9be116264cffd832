import type { JsonNode, JsonString } from '../../../shared/json/parse.ts';
import type { Edit } from '../../../shared/json/edit.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { renumberingEdits } from '../../../shared/anthropic/citation-numbers.ts';
import { citationEdits } from './citation-offsets.ts';
import { restorableFields } from './restorable-fields.ts';
import { restoreJsonText } from './restore-json-text.ts';

/** Edits that restore the response JSON `text`, except in the string `excluded`. */
export function restoreEdits(
  text: string,
  root: JsonNode,
  reports: StageReports,
  excluded?: JsonString,
): Edit[] {
  const { texts, charLocations, resultLocations } = restorableFields(text, root);
  const numbers = reports.retrievalReport?.searchResults;
  const edits = [
    ...charLocations.flatMap((citation) => citationEdits(text, citation, reports.documents)),
    ...resultLocations.flatMap((citation) => renumberingEdits(text, citation, numbers)),
  ];
  for (const node of texts) {
    if (node === excluded) continue;
    const inner = { start: node.start + 1, end: node.end - 1 };
    const raw = text.slice(inner.start, inner.end);
    const { done, held } = restoreJsonText(raw, 1, reports.values);
    if (done + held !== raw) edits.push({ ...inner, text: done + held });
  }
  return edits;
}
