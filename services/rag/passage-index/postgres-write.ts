// Writes to the Postgres index: one transaction per document, including the term counts. Everything that
// needs no lock is computed before the collection's lock is taken.

import type { IndexedDocument, NewPassage } from './passage-index.ts';
import {
  countVectors,
  indexManyVectors,
  lockCollection,
  makeTables,
  tablesOf,
  type Tables,
} from './postgres-layout.ts';
import { NEVER_ABORTED, type Query, type Row, type Sql } from './postgres-sql.ts';
import {
  checkVector,
  keyOf,
  decodeDocument,
  searchedTerms,
  encodeDocument,
  encodePassage,
} from './stored-passage.ts';
import { countTerms, dimensionsIn, meanLength, passageVector } from './term-vector.ts';
import { scaleToUnit } from './unit-vector.ts';

/** Passages per statement, some hundred kilobytes. */
const BATCH = 100;

interface Prepared {
  readonly position: number;
  readonly shown: string;
  readonly counts: ReadonlyMap<number, number>;
  readonly length: number;
  readonly vector: Float32Array | undefined;
}

/** Changes to a collection's counts. */
interface CountChanges {
  passages: number;
  length: number;
  readonly passagesByTerm: Map<number, number>;
}

export async function replace(
  sql: Sql,
  document: IndexedDocument,
  passages: readonly NewPassage[],
  over?: string | null,
): Promise<boolean> {
  const prepared = passages.map((passage, position): Prepared => {
    if (passage.vector) checkVector(passage.vector);
    const terms = searchedTerms(document, passage);
    const { length } = terms;
    const shown = encodePassage(document, passage);
    return { position, shown, counts: countTerms(terms), length, vector: passage.vector };
  });
  const tables = tablesOf(document.collection);
  return await sql.transaction(async (query) => {
    await lockCollection(query, tables);
    await makeTables(query, document.collection, tables);
    if (over !== undefined && (await revisionOf(query, tables, document.id)) !== over) return false;
    const changes = await deleteDocument(query, tables, document.id);
    await query(`INSERT INTO ${tables.documents} VALUES ($1, $2)`, [
      keyOf(document.id),
      encodeDocument(document),
    ]);
    for (const { counts, length } of prepared) addCounts(changes, counts.keys(), length, 1);
    const [state] = await query(
      `UPDATE llmp_index_collections SET passages = passages + $2, length = length + $3
        WHERE key = $1 RETURNING passages, length`,
      [tables.key, changes.passages, changes.length],
    );
    const mean = meanLength(Number(state?.['passages']), Number(state?.['length']));
    for (let start = 0; start < prepared.length; start += BATCH) {
      await insertPassages(query, tables, document.id, prepared.slice(start, start + BATCH), mean);
    }
    await writeCounts(query, tables, changes);
    await indexManyVectors(query, tables);
    return true;
  }, NEVER_ABORTED);
}

export async function remove(
  sql: Sql,
  collection: string,
  documentId: string,
  revision?: string,
): Promise<void> {
  const tables = tablesOf(collection);
  await sql.transaction(async (query) => {
    await lockCollection(query, tables);
    if (!(await exists(query, tables))) return;
    const stored = await revisionOf(query, tables, documentId);
    if (stored === null || (revision !== undefined && stored !== revision)) return;
    const changes = await deleteDocument(query, tables, documentId);
    await query(
      `UPDATE llmp_index_collections SET passages = passages + $2, length = length + $3 WHERE key = $1`,
      [tables.key, changes.passages, changes.length],
    );
    await writeCounts(query, tables, changes);
  }, NEVER_ABORTED);
}

/** Drops tables in the order in which searches read them, passages last. */
export async function drop(sql: Sql, collection: string): Promise<void> {
  const tables = tablesOf(collection);
  await sql.transaction(async (query) => {
    await lockCollection(query, tables);
    for (const dimensions of await storedDimensions(query, tables)) {
      await query(`DROP TABLE ${tables.vectors(dimensions)}`);
    }
    for (const table of [tables.words, tables.terms, tables.passages, tables.documents]) {
      await query(`DROP TABLE IF EXISTS ${table}`);
    }
    await query('DELETE FROM llmp_index_vectors WHERE key = $1', [tables.key]);
    await query('DELETE FROM llmp_index_collections WHERE key = $1', [tables.key]);
  }, NEVER_ABORTED);
}

/** `null` if the document is not stored. */
async function revisionOf(query: Query, tables: Tables, id: string): Promise<string | null> {
  const [row] = await query(`SELECT about FROM ${tables.documents} WHERE document = $1`, [
    keyOf(id),
  ]);
  return row ? decodeDocument('', String(row['about'])).revision : null;
}

async function deleteDocument(
  query: Query,
  tables: Tables,
  documentId: string,
): Promise<CountChanges> {
  const changes: CountChanges = { passages: 0, length: 0, passagesByTerm: new Map() };
  await query(`DELETE FROM ${tables.documents} WHERE document = $1`, [keyOf(documentId)]);
  const deleted = await query(
    `WITH gone AS (DELETE FROM ${tables.passages} WHERE document = $1 RETURNING number)
      DELETE FROM ${tables.words} AS words USING gone WHERE words.number = gone.number
      RETURNING words.number, words.length, words.words::text`,
    [keyOf(documentId)],
  );
  if (deleted.length === 0) return changes;
  for (const { length, words } of deleted) {
    addCounts(changes, dimensionsIn(String(words)), Number(length), -1);
  }
  for (const dimensions of await storedDimensions(query, tables)) {
    const rows = await query(
      `DELETE FROM ${tables.vectors(dimensions)} WHERE number = ANY($1::bigint[]) RETURNING number`,
      [deleted.map(({ number }) => String(number))],
    );
    await countVectors(query, tables, dimensions, -rows.length);
  }
  return changes;
}

async function insertPassages(
  query: Query,
  tables: Tables,
  documentId: string,
  batch: readonly Prepared[],
  mean: number,
): Promise<void> {
  const numbers = await query(
    `WITH sent AS (
        SELECT * FROM unnest($2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[])
          AS sent (position, shown, vector, length, words)
      ), kept AS (
        INSERT INTO ${tables.passages} (document, position, shown, vector)
          SELECT $1, position, shown, decode(nullif(vector, ''), 'hex') FROM sent
          RETURNING number, position
      )
      INSERT INTO ${tables.words} SELECT number, length, words::sparsevec
        FROM kept JOIN sent USING (position) RETURNING number,
          (SELECT position FROM kept WHERE kept.number = ${tables.words}.number)`,
    [
      keyOf(documentId),
      batch.map(({ position }) => position),
      batch.map(({ shown }) => shown),
      batch.map(({ vector }) => (vector ? hexOf(vector) : '')),
      batch.map(({ length }) => length),
      batch.map(({ counts, length }) => passageVector(counts, length, mean)),
    ],
  );
  await insertVectors(query, tables, batch, numbers);
}

async function insertVectors(
  query: Query,
  tables: Tables,
  batch: readonly Prepared[],
  numbers: readonly Row[],
): Promise<void> {
  const numberByPosition = new Map(
    numbers.map(({ number, position }) => [Number(position), String(number)]),
  );
  const unitVectors = batch.flatMap(({ position, vector }) => {
    const unit = vector && new Float32Array(vector);
    return unit && scaleToUnit(unit) ? { number: numberByPosition.get(position), unit } : [];
  });
  for (const [dimensions, rows] of Map.groupBy(unitVectors, ({ unit }) => unit.length)) {
    await countVectors(query, tables, dimensions, rows.length);
    await query(
      `INSERT INTO ${tables.vectors(dimensions)}
        SELECT number, unit::halfvec FROM unnest($1::bigint[], $2::text[]) AS sent (number, unit)`,
      [rows.map(({ number }) => number), rows.map(({ unit }) => `[${unit.join(',')}]`)],
    );
  }
}

async function writeCounts(query: Query, tables: Tables, changes: CountChanges): Promise<void> {
  const changed = [...changes.passagesByTerm].filter(([, by]) => by !== 0);
  if (changed.length === 0) return;
  await query(
    `INSERT INTO ${tables.terms} AS kept SELECT * FROM unnest($1::integer[], $2::integer[])
      ON CONFLICT (term) DO UPDATE SET passages = kept.passages + excluded.passages`,
    [changed.map(([term]) => term), changed.map(([, by]) => by)],
  );
  if (changed.every(([, by]) => by > 0)) return;
  await query(`DELETE FROM ${tables.terms} WHERE term = ANY($1::integer[]) AND passages <= 0`, [
    changed.map(([term]) => term),
  ]);
}

function addCounts(
  changes: CountChanges,
  terms: Iterable<number>,
  length: number,
  by: 1 | -1,
): void {
  changes.passages += by;
  changes.length += by * length;
  for (const term of terms) {
    changes.passagesByTerm.set(term, (changes.passagesByTerm.get(term) ?? 0) + by);
  }
}

async function exists(query: Query, { key }: Tables): Promise<boolean> {
  return (await query('SELECT FROM llmp_index_collections WHERE key = $1', [key])).length > 0;
}

async function storedDimensions(query: Query, { key }: Tables): Promise<number[]> {
  const rows = await query('SELECT dimensions FROM llmp_index_vectors WHERE key = $1', [key]);
  return rows.map(({ dimensions }) => Number(dimensions));
}

function hexOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}
