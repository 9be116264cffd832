import type { IndexedDocument, Passage } from './passage-index.ts';
import type { CollectionFiles } from './sqlite-files.ts';
import { keyOf, decodeDocument, decodePassage } from './stored-passage.ts';

export function documentOf(
  files: CollectionFiles,
  collection: string,
  documentId: string,
): IndexedDocument | undefined {
  const row = files
    .existing(collection)
    ?.prepare('SELECT about FROM documents WHERE key = ?')
    .get(keyOf(documentId));
  return row && decodeDocument(collection, String(row['about']));
}

export function documentsOf(
  files: CollectionFiles,
  collection: string,
): Pick<IndexedDocument, 'id' | 'revision'>[] {
  const rows = files.existing(collection)?.prepare('SELECT about FROM documents').all() ?? [];
  return rows.map(({ about }) => {
    const { id, revision } = decodeDocument(collection, String(about));
    return { id, revision };
  });
}

export function passagesOf(
  files: CollectionFiles,
  collection: string,
  documentId: string,
): (Passage & { vector?: Float32Array })[] {
  const file = files.existing(collection);
  if (!file) return [];
  const rows = file
    .prepare(
      `SELECT passages.position, passages.shown, vectors.bytes FROM documents
        JOIN passages ON passages.document = documents.number
        LEFT JOIN vectors ON vectors.passage = passages.number
        WHERE documents.key = ? ORDER BY passages.position`,
    )
    .all(keyOf(documentId));
  return rows.map(({ position, shown, bytes }) => ({
    ...decodePassage(collection, Number(position), String(shown)),
    ...(bytes instanceof Uint8Array && { vector: new Float32Array(bytes.slice().buffer) }),
  }));
}
