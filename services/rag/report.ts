// What is said of retrieval: to the client in a header, to the operator in the request's log line.

import type { Annotations } from '../../shared/annotations.ts';

export interface RetrievalStatus {
  /**
   * Of the turn that is to be answered: `found` passages, `none` that fit, `skipped` as the request asks
   * for none, `failed`, or `continued` where an earlier turn is being worked on.
   */
  readonly state: 'found' | 'none' | 'skipped' | 'failed' | 'continued';
  /** `collection/name` of each document. */
  readonly documents: readonly string[];
  /** Earlier turns that have their passages again. */
  readonly again: number;
  /** Earlier turns of which nothing is known any more, or nothing may be known. */
  readonly lost: number;
}

/** Names of documents in the header, at most; others are counted in the log alone. */
const DOCUMENTS_MAX = 20;
const NAME_UNITS_MAX = 200;

/** `found; documents="handbook/leave.md faq/pay%20day.md"; again=2`: names are percent-encoded. */
export function ragHeader({ state, documents, again, lost }: RetrievalStatus): string {
  const names = documents.slice(0, DOCUMENTS_MAX).map(encoded).join(' ');
  return [
    state,
    ...(names === '' ? [] : [`documents="${names}"`]),
    ...(again === 0 ? [] : [`again=${again}`]),
    ...(lost === 0 ? [] : [`lost=${lost}`]),
  ].join('; ');
}

export function ragAnnotations({ state, documents, again, lost }: RetrievalStatus): Annotations {
  return { rag: state, ragDocuments: documents.length, ragAgain: again, ragLost: lost };
}

function encoded(document: string): string {
  return document
    .slice(0, NAME_UNITS_MAX)
    .toWellFormed()
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}
