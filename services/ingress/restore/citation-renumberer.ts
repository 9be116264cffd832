// Changes the citations in a response to the client's own documents and search results.

import { renumberingEdits } from '../../../shared/anthropic/citation-numbers.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import type { Edit } from '../../../shared/json/edit.ts';
import type { ResponseTransform } from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import { citationEdits } from './citation-offsets.ts';
import { restorableSteps } from './restorable-fields.ts';

/** An event without a match has no citation to change. */
const NUMBERS = /char_index|search_result_index/;

const STEP_CITATIONS = 256;

export class CitationRenumberer implements ResponseTransform {
  readonly #reports: StageReports;

  constructor(reports: StageReports) {
    this.#reports = reports;
  }

  event(event: SseEvent): SseEvent {
    // The usual deltas carry text alone.
    return !event.delta && NUMBERS.test(event.text) ? finished(this.#steps(event)) : event;
  }

  *steps(event: SseEvent): Generator<void, SseEvent> {
    return (yield* event.matches(NUMBERS)) ? yield* this.#steps(event) : event;
  }

  *#steps(event: SseEvent): Generator<void, SseEvent> {
    yield* event.parse();
    const { json } = event;
    if (!json) return event;
    yield;
    const { documents, retrievalReport } = this.#reports;
    const { charLocations, resultLocations } = yield* restorableSteps(json.text, json.root);
    const numbers = retrievalReport?.searchResults;
    const edits: Edit[] = [];
    for (const [index, citation] of charLocations.entries()) {
      if (index % STEP_CITATIONS === 0) yield;
      for (const edit of citationEdits(json.text, citation, documents)) edits.push(edit);
    }
    for (const [index, citation] of resultLocations.entries()) {
      if (index % STEP_CITATIONS === 0) yield;
      edits.push(...renumberingEdits(json.text, citation, numbers));
    }
    return yield* event.edit(edits);
  }
}
