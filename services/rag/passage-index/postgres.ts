// The index for many processes on many machines: Postgres with pgvector 0.7 or newer. Words are kept as
// sparse vectors of BM25 weights and compared exactly, embeddings as half-precision vectors.

import type { PassageIndex } from './passage-index.ts';
import { prepareLayout } from './postgres-layout.ts';
import { openPool } from './postgres-pool.ts';
import { documentOf, documentsOf, passagesOf } from './postgres-read.ts';
import { searchVectors, searchWords } from './postgres-search.ts';
import { NEVER, type Sql } from './postgres-sql.ts';
import { drop, remove, replace } from './postgres-write.ts';

/**
 * Connects and makes the tables, all named `llmp_…`, in the first schema of the search path. Rejects
 * when the server cannot be reached, lacks pgvector, or has tables of another layout.
 */
export async function openPostgresIndex(server: string | Sql): Promise<PassageIndex> {
  const sql = typeof server === 'string' ? openPool(server) : server;
  try {
    await prepareLayout(sql);
  } catch (error) {
    await sql[Symbol.asyncDispose]();
    throw error;
  }
  return {
    place: typeof server === 'string' ? placeOf(server) : 'Postgres',
    replace: (...words) => replace(sql, ...words),
    remove: (...words) => remove(sql, ...words),
    drop: (collection) => drop(sql, collection),
    document: (collection, documentId) => documentOf(sql, collection, documentId),
    documents: (collection) => documentsOf(sql, collection),
    passages: (collection, documentId) => passagesOf(sql, collection, documentId),
    searchWords: (collection, question, limit, signal) =>
      searchWords(sql, collection, question, limit, signal),
    searchVectors: (collection, query, limit, signal) =>
      searchVectors(sql, collection, query, limit, signal),
    async ready() {
      return await sql.query('SELECT 1', [], NEVER).then(
        () => true,
        () => false,
      );
    },
    [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
  };
}

/** Host and database alone: a URL may hold a password anywhere else. */
function placeOf(url: string): string {
  const { host = '', pathname = '' } = URL.parse(url) ?? {};
  return `Postgres at ${host}${pathname}`;
}
