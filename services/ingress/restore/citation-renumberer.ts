// Changes the citations in a response to the client's own documents and search results.

import { renumberingEdits } from '../../../shared/anthropic/citation-numbers.ts';
import type { ResponseTransform } from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { citationEdits } from './citation-offsets.ts';
import { restorableFields } from './restorable-fields.ts';

/** An event without a match has no citation to change. */
const NUMBERS = /char_index|search_result_index/;

export class CitationRenumberer implements ResponseTransform {
  readonly #reports: StageReports;

  constructor(reports: StageReports) {
    this.#reports = reports;
  }

  event(event: SseEvent): SseEvent {
    const json = NUMBERS.test(event.text) ? event.json : undefined;
    if (!json) return event;
    const { documents, retrievalReport } = this.#reports;
    const { charLocations, resultLocations } = restorableFields(json.text, json.root);
    const numbers = retrievalReport?.searchResults;
    return event.withEdits([
      ...charLocations.flatMap((citation) => citationEdits(json.text, citation, documents)),
      ...resultLocations.flatMap((citation) => renumberingEdits(json.text, citation, numbers)),
    ]);
  }
}
