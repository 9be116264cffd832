// Checks the integrity of a collection in the Postgres index: orphaned rows and wrong counts.

import { tablesOf } from '../../services/rag/passage-index/postgres-layout.ts';
import { NEVER_ABORTED, type Sql } from '../../services/rag/passage-index/postgres-sql.ts';
import { dimensionsIn } from '../../services/rag/passage-index/term-vector.ts';

export async function postgresErrors(sql: Sql, collection: string): Promise<string[]> {
  const tables = tablesOf(collection);
  const { key, passages, words, terms } = tables;
  const read = (text: string, values: readonly unknown[] = []) =>
    sql.query(text, values, NEVER_ABORTED);
  const errors: string[] = [];
  const expectSame = (what: string, ...[stored, counted]: readonly unknown[]) => {
    if (String(stored) === String(counted)) return;
    errors.push(`${what}: ${String(stored)} stored, ${String(counted)} counted`);
  };

  const rows = await read(
    `SELECT passages.number AS passage, words.number AS word, words.length, words.words::text
      FROM ${passages} AS passages FULL JOIN ${words} AS words USING (number)`,
  );
  for (const { passage, word } of rows) expectSame('a row of words', word, passage);
  const [kept] = await read('SELECT * FROM llmp_index_collections WHERE key = $1', [key]);
  expectSame('passages', kept?.['passages'], rows.length);
  const length = rows.reduce((sum, row) => sum + Number(row['length']), 0);
  expectSame('length', kept?.['length'], length);

  const counts = new Map<number, number>();
  for (const dimension of rows.flatMap((row) => dimensionsIn(String(row['words'])))) {
    counts.set(dimension, (counts.get(dimension) ?? 0) + 1);
  }
  const termRows = await read(`SELECT term, passages FROM ${terms}`);
  expectSame('terms', termRows.length, counts.size);
  for (const row of termRows) {
    expectSame('a term', row['passages'], counts.get(Number(row['term'])));
  }

  for (const row of await read('SELECT * FROM llmp_index_vectors WHERE key = $1', [key])) {
    const table = tables.vectors(Number(row['dimensions']));
    const [found] = await read(
      `SELECT count(*) AS vectors, count(passages.number) AS owned
        FROM ${table} LEFT JOIN ${passages} AS passages USING (number)`,
    );
    expectSame('vectors', row['vectors'], found?.['vectors']);
    expectSame('vectors of passages', found?.['owned'], found?.['vectors']);
  }
  return errors;
}
