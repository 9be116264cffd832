// Tables of the Postgres index. Each collection has its own tables, so scans and vector indexes read only
// one collection and dropping it is instant. Writers take only the collection's lock: no deadlocks.

import { DependencyError } from '../../../shared/runtime/dependency-error.ts';
import { ANALYZER_VERSION } from './analyzer.ts';
import { NEVER_ABORTED, WRITE_MS, type Query, type Sql } from './postgres-sql.ts';
import { keyOf, shortKeyOf } from './stored-passage.ts';
import { dimensionOf, TERM_DIMENSIONS } from './term-vector.ts';

/** Version of the tables and of their terms. */
const LAYOUT = 200 + ANALYZER_VERSION;
/** Namespace of our advisory locks: 'llmp' in ASCII. */
const LOCK_NAMESPACE = 0x6c6c6d70;
/** pgvector's limit for an indexed halfvec. */
const INDEXED_DIMENSIONS_MAX = 4_000;
/** Vectors of a collection that are compared exactly; larger collections get an approximate index. */
export const EXACT_VECTORS_MAX = 10_000;

/** Table names of a collection, safe to use in SQL. */
export interface Tables {
  readonly key: string;
  readonly documents: string;
  readonly passages: string;
  readonly words: string;
  readonly terms: string;
  vectors(dimensions: number): string;
}

export function tablesOf(collection: string): Tables {
  const key = shortKeyOf(collection);
  return {
    key,
    documents: `llmp_documents_${key}`,
    passages: `llmp_passages_${key}`,
    words: `llmp_words_${key}`,
    terms: `llmp_terms_${key}`,
    vectors: (dimensions) => `llmp_vectors_${key}_${dimensions}`,
  };
}

/** Checks pgvector and the layout, and creates missing tables. Throws with advice for the operator. */
export async function prepareLayout(sql: Sql): Promise<void> {
  await sql.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1, 0)', [LOCK_NAMESPACE]);
    await requirePgvector(query, sql);
    await query(`CREATE TABLE IF NOT EXISTS llmp_index (layout integer NOT NULL)`);
    await query(
      `CREATE TABLE IF NOT EXISTS llmp_index_collections (
        key text PRIMARY KEY, name text NOT NULL,
        passages bigint NOT NULL DEFAULT 0, length bigint NOT NULL DEFAULT 0)`,
    );
    await query(
      `CREATE TABLE IF NOT EXISTS llmp_index_vectors (
        key text, dimensions integer, vectors bigint NOT NULL DEFAULT 0,
        is_indexed boolean NOT NULL DEFAULT false, PRIMARY KEY (key, dimensions))`,
    );
    await query(
      'INSERT INTO llmp_index SELECT $1::integer WHERE NOT EXISTS (SELECT FROM llmp_index)',
      [LAYOUT],
    );
    const layout = Number((await query('SELECT layout FROM llmp_index'))[0]?.['layout']);
    if (layout === LAYOUT) return;
    throw unusableServer(
      sql,
      `has index layout ${layout}, but this version needs ${LAYOUT}: drop the tables llmp_* and index the documents again`,
    );
  }, NEVER_ABORTED);
}

/** Must be the first call in a transaction that writes to a collection. */
export async function lockCollection(query: Query, { key }: Tables): Promise<void> {
  await query(`SET LOCAL statement_timeout = ${WRITE_MS}`);
  await query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_NAMESPACE, dimensionOf(key)]);
}

/** Requires the collection's lock. */
export async function makeTables(query: Query, collection: string, tables: Tables): Promise<void> {
  const isNew = await query(
    'INSERT INTO llmp_index_collections (key, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING key',
    [tables.key, keyOf(collection)],
  );
  if (isNew.length === 0) return;
  await query(`CREATE TABLE ${tables.documents} (document text PRIMARY KEY, about text NOT NULL)`);
  await query(
    `CREATE TABLE ${tables.passages} (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      document text NOT NULL, position integer NOT NULL,
      shown text NOT NULL, vector bytea, UNIQUE (document, position))`,
  );
  // Separate from the passages and stored inline where possible: every search reads all of it.
  await query(
    `CREATE TABLE ${tables.words} (
      number bigint PRIMARY KEY, length integer NOT NULL, words sparsevec(${TERM_DIMENSIONS}) NOT NULL)`,
  );
  await query(`ALTER TABLE ${tables.words} ALTER COLUMN words SET STORAGE MAIN`);
  await query(
    `CREATE TABLE ${tables.terms} (term integer PRIMARY KEY, passages integer NOT NULL) WITH (fillfactor = 70)`,
  );
}

/** Creates the vector table for these dimensions and updates its count; requires the collection's lock. */
export async function countVectors(
  query: Query,
  tables: Tables,
  dimensions: number,
  added: number,
): Promise<void> {
  await query(
    `CREATE TABLE IF NOT EXISTS ${tables.vectors(dimensions)} (number bigint PRIMARY KEY, unit halfvec(${dimensions}) NOT NULL)`,
  );
  await query(
    `INSERT INTO llmp_index_vectors AS kept (key, dimensions, vectors) VALUES ($1, $2, $3)
      ON CONFLICT (key, dimensions) DO UPDATE SET vectors = kept.vectors + excluded.vectors`,
    [tables.key, dimensions, added],
  );
}

/**
 * Few vectors are compared exactly; above a threshold they get an HNSW index, once. Searches continue
 * while it is built; writers of the collection wait.
 */
export async function indexManyVectors(query: Query, tables: Tables): Promise<void> {
  const large = await query(
    `UPDATE llmp_index_vectors SET is_indexed = true
      WHERE key = $1 AND vectors > $2 AND dimensions <= $3 AND NOT is_indexed RETURNING dimensions`,
    [tables.key, EXACT_VECTORS_MAX, INDEXED_DIMENSIONS_MAX],
  );
  for (const row of large) {
    const table = tables.vectors(Number(row['dimensions']));
    await query(`CREATE INDEX ${table}_near ON ${table} USING hnsw (unit halfvec_ip_ops)`);
  }
}

function unusableServer({ address }: Sql, what: string): DependencyError {
  return new DependencyError({
    component: 'Postgres',
    address: address ?? '',
    ...(address === undefined ? { subject: 'Postgres' } : {}),
    what,
    isTransient: false,
  });
}

async function requirePgvector(query: Query, sql: Sql): Promise<void> {
  const [available] = await query(
    `SELECT coalesce(installed_version, default_version) AS version
      FROM pg_available_extensions WHERE name = 'vector'`,
  );
  const version = available ? String(available['version']) : '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 0 && minor < 7) {
    const found = version === '' ? 'has no pgvector' : `has pgvector ${version}`;
    throw unusableServer(
      sql,
      `${found}: the index needs pgvector 0.7 or newer, the extension "vector" (Debian: postgresql-<version>-pgvector; an older one: ALTER EXTENSION vector UPDATE)`,
    );
  }
  await query('CREATE EXTENSION IF NOT EXISTS vector');
}
