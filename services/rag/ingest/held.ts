// Whether the index in use holds what a record says of a document, and what is written into the record
// where it does not: a document that no search can find must not be called ready.

import type { DocumentRecord } from '../../../shared/retrieval/collections.ts';
import type { IndexedDocument } from '../passage-index/passage-index.ts';

/** Whether `held` is the writing that the record is about. */
export function isHeld(
  { revision }: DocumentRecord,
  held: Pick<IndexedDocument, 'revision'> | undefined,
): boolean {
  return revision !== undefined && held?.revision === revision;
}

/** `place`: that of the index which does not hold it. */
export function missingFrom(place: string, record: DocumentRecord): DocumentRecord {
  const { progress: _progress, ...rest } = record;
  const error = `Its passages are not in the index in use (${place}): add the file again, or bring them over with "llmp documents migrate".`;
  return { ...rest, state: 'failed', error, missing: true };
}

export function foundAgain(record: DocumentRecord): DocumentRecord {
  const { error: _error, missing: _missing, ...rest } = record;
  return { ...rest, state: 'ready' };
}
