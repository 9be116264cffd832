import type { IndexedDocument, Passage } from './passage-index.ts';
import { tablesOf } from './postgres-layout.ts';
import { isUndefinedTable, NEVER_ABORTED, type Row, type Sql } from './postgres-sql.ts';
import { keyOf, decodeDocument, decodePassage } from './stored-passage.ts';

export async function documentOf(
  sql: Sql,
  collection: string,
  documentId: string,
): Promise<IndexedDocument | undefined> {
  const [row] = await orNone(() =>
    sql.query(
      `SELECT about FROM ${tablesOf(collection).documents} WHERE document = $1`,
      [keyOf(documentId)],
      NEVER_ABORTED,
    ),
  );
  return row && decodeDocument(collection, String(row['about']));
}

export async function documentsOf(
  sql: Sql,
  collection: string,
): Promise<Pick<IndexedDocument, 'id' | 'revision'>[]> {
  const rows = await orNone(() =>
    sql.query(`SELECT about FROM ${tablesOf(collection).documents}`, [], NEVER_ABORTED),
  );
  return rows.map(({ about }) => {
    const { id, revision } = decodeDocument(collection, String(about));
    return { id, revision };
  });
}

export async function passagesOf(
  sql: Sql,
  collection: string,
  documentId: string,
): Promise<(Passage & { vector?: Float32Array })[]> {
  const rows = await orNone(() =>
    sql.query(
      `SELECT position, shown, vector FROM ${tablesOf(collection).passages} WHERE document = $1 ORDER BY position`,
      [keyOf(documentId)],
      NEVER_ABORTED,
    ),
  );
  return rows.map((row) => {
    const vector = vectorIn(row);
    return { ...passageIn(collection, row), ...(vector && { vector }) };
  });
}

export function passageIn(collection: string, row: Row): Passage {
  return decodePassage(collection, Number(row['position']), String(row['shown']));
}

export function vectorIn({ vector }: Row): Float32Array | undefined {
  if (!(vector instanceof Uint8Array)) return undefined;
  return new Float32Array(Uint8Array.from(vector).buffer);
}

/** Empty if the tables do not exist: the collection was never written, or was dropped. */
export async function orNone(read: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await read();
  } catch (error) {
    if (isUndefinedTable(error)) return [];
    throw error;
  }
}
