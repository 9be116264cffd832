// Reports retrieval to the client in a header and to the operator in the request's log line.

import type { Annotations } from '../../shared/annotations.ts';

export interface RetrievalStatus {
  /**
   * State of the turn being answered: `found` passages; `none` fit; `skipped` because the request needs
   * none; `failed`; or `continued` without a search: a turn in progress, or a fixed system prompt.
   */
  readonly state: 'found' | 'none' | 'skipped' | 'failed' | 'continued';
  /** `collection/name` of each document. */
  readonly documents: readonly string[];
  /** Earlier turns whose passages were restored. */
  readonly restored: number;
  /** Earlier turns whose passages are unknown, or no longer allowed for this key. */
  readonly lost: number;
}

/** Maximum document names in the header; the log counts the rest. */
const DOCUMENTS_MAX = 20;
const NAME_LENGTH_MAX = 200;

/** `found; documents="handbook/leave.md faq/pay%20day.md"; again=2`, with percent-encoded names. */
export function ragHeader({ state, documents, restored, lost }: RetrievalStatus): string {
  const names = documents.slice(0, DOCUMENTS_MAX).map(encodedName).join(' ');
  return [
    state,
    ...(names === '' ? [] : [`documents="${names}"`]),
    ...(restored === 0 ? [] : [`again=${restored}`]),
    ...(lost === 0 ? [] : [`lost=${lost}`]),
  ].join('; ');
}

export function ragAnnotations({ state, documents, restored, lost }: RetrievalStatus): Annotations {
  return { rag: state, ragDocuments: documents.length, ragAgain: restored, ragLost: lost };
}

function encodedName(document: string): string {
  return document
    .slice(0, NAME_LENGTH_MAX)
    .toWellFormed()
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}
