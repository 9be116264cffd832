import type { DocumentRecord } from '../../../shared/retrieval/collections.ts';
import type { IndexedDocument } from '../passage-index/passage-index.ts';

/** Whether the index holds the revision that the record describes. */
export function isIndexed(
  { revision }: DocumentRecord,
  indexed: Pick<IndexedDocument, 'revision'> | undefined,
): boolean {
  return revision !== undefined && indexed?.revision === revision;
}

/** Marks a document as missing from the index at `place`, so that it is not reported as ready. */
export function asMissing(place: string, record: DocumentRecord): DocumentRecord {
  const { progress: _progress, ...rest } = record;
  const error = `Its passages are not in the index in use (${place}): add the file again, or migrate it with "llmp documents migrate".`;
  return { ...rest, state: 'failed', error, missing: true };
}

export function asReady(record: DocumentRecord): DocumentRecord {
  const { error: _error, missing: _missing, ...rest } = record;
  return { ...rest, state: 'ready' };
}
