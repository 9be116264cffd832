// Searches the Postgres index. Words are ranked by a product with every passage, because an index of
// sparse vectors would miss nine of ten. Each search reads one snapshot.

import { questionTerms } from './analyzer.ts';
import type { SearchHit } from './passage-index.ts';
import { tablesOf, type Tables } from './postgres-layout.ts';
import { orNone, passageIn, vectorIn } from './postgres-read.ts';
import type { Row, Sql } from './postgres-sql.ts';
import { coverageOf, weightTerms, type WeightedQuestion } from './question.ts';
import { checkVector } from './stored-passage.ts';
import { dimensionOf, dimensionsIn, questionVector } from './term-vector.ts';
import { dot, scaleToUnit } from './unit-vector.ts';

/** Extra vectors to fetch and rescore, because stored ones are rounded. */
const EXTRA_VECTORS = 20;
/** HNSW `ef_search`; pgvector allows up to 1000. */
const EF_SEARCH_MIN = 100;
const EF_SEARCH_MAX = 1_000;

export async function searchWords(
  sql: Sql,
  collection: string,
  question: string,
  limit: number,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  signal.throwIfAborted();
  const tables = tablesOf(collection);
  const weighed = await weighIn(sql, tables, questionTerms(question), signal);
  if (weighed.weights.size === 0) return [];
  const rows = await orNone(() =>
    sql.query(
      `SELECT found.distance, words.words::text, passages.position, passages.shown
        FROM (
          SELECT number, words <#> $1::sparsevec AS distance FROM ${tables.words}
            ORDER BY distance, number LIMIT $2
        ) AS found
        JOIN ${tables.words} AS words USING (number)
        JOIN ${tables.passages} AS passages USING (number)
        WHERE found.distance < 0 ORDER BY found.distance, number`,
      [questionVector(weighed.weights), limit],
      signal,
    ),
  );
  return rows.map((row) => hitOf(collection, row, -Number(row['distance']), weighed));
}

export async function searchVectors(
  sql: Sql,
  collection: string,
  query: { readonly vector: Float32Array; readonly question: string },
  limit: number,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  signal.throwIfAborted();
  checkVector(query.vector);
  const unit = Float64Array.from(query.vector);
  if (!scaleToUnit(unit)) return [];
  const tables = tablesOf(collection);
  const rows = await orNone(() => nearest(sql, tables, unit, limit + EXTRA_VECTORS, signal));
  if (rows.length === 0) return [];
  const weighed = await weighIn(sql, tables, questionTerms(query.question), signal);
  return rows
    .map((row) => hitOf(collection, row, cosineTo(unit, vectorIn(row)), weighed))
    .toSorted((one, other) => other.score - one.score)
    .slice(0, limit);
}

function nearest(
  sql: Sql,
  tables: Tables,
  unit: Float64Array,
  limit: number,
  signal: AbortSignal,
): Promise<Row[]> {
  const efSearch = Math.min(Math.max(limit, EF_SEARCH_MIN), EF_SEARCH_MAX);
  return sql.transaction(async (query) => {
    await query(`SET LOCAL hnsw.ef_search = ${efSearch}`);
    return await query(
      `SELECT words.words::text, passages.position, passages.shown, passages.vector
        FROM (
          SELECT number FROM ${tables.vectors(unit.length)}
            ORDER BY unit <#> $1::halfvec(${unit.length}) LIMIT $2
        ) AS found
        JOIN ${tables.words} AS words USING (number)
        JOIN ${tables.passages} AS passages USING (number)`,
      [`[${unit.join(',')}]`, limit],
    );
  }, signal);
}

async function weighIn(
  sql: Sql,
  tables: Tables,
  terms: readonly string[],
  signal: AbortSignal,
): Promise<WeightedQuestion> {
  const rows = await orNone(() =>
    sql.query(
      `SELECT collections.passages AS of_all, terms.term, terms.passages
        FROM llmp_index_collections AS collections
        LEFT JOIN ${tables.terms} AS terms ON terms.term = ANY($2::integer[])
        WHERE collections.key = $1`,
      [tables.key, terms.map(dimensionOf)],
      signal,
    ),
  );
  const frequencies = new Map(rows.map((row) => [Number(row['term']), Number(row['passages'])]));
  return weightTerms(terms, {
    passages: Number(rows[0]?.['of_all'] ?? 0),
    frequency: (term) => frequencies.get(dimensionOf(term)) ?? 0,
  });
}

function hitOf(collection: string, row: Row, score: number, weighed: WeightedQuestion): SearchHit {
  const dimensions = new Set(dimensionsIn(String(row['words'])));
  const coverage = coverageOf(weighed, (term) => dimensions.has(dimensionOf(term)));
  return { passage: passageIn(collection, row), score, coverage };
}

function cosineTo(unit: Float64Array, vector: Float32Array | undefined): number {
  return vector && scaleToUnit(vector) ? dot(vector, 0, unit) : 0;
}
