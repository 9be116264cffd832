// The shared index: Postgres with pgvector 0.7 or newer. Words are sparse BM25 vectors, compared exactly;
// embeddings are half-precision vectors.

import type { PassageIndex } from './passage-index.ts';
import { prepareLayout } from './postgres-layout.ts';
import { openPool } from './postgres-pool.ts';
import { documentOf, documentsOf, passagesOf } from './postgres-read.ts';
import { searchVectors, searchWords } from './postgres-search.ts';
import { NEVER_ABORTED, type Sql } from './postgres-sql.ts';
import { drop, remove, replace } from './postgres-write.ts';

/**
 * Connects and creates missing tables, all named `llmp_…`, in the first schema of the search path.
 * @throws if the server is unreachable, lacks pgvector, or has another layout
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
    replace: (...args) => replace(sql, ...args),
    remove: (...args) => remove(sql, ...args),
    drop: (collection) => drop(sql, collection),
    document: (collection, documentId) => documentOf(sql, collection, documentId),
    documents: (collection) => documentsOf(sql, collection),
    passages: (collection, documentId) => passagesOf(sql, collection, documentId),
    searchWords: (collection, question, limit, signal) =>
      searchWords(sql, collection, question, limit, signal),
    searchVectors: (collection, query, limit, signal) =>
      searchVectors(sql, collection, query, limit, signal),
    async ready() {
      return await sql.query('SELECT 1', [], NEVER_ABORTED).then(
        () => true,
        () => false,
      );
    },
    [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
  };
}

/** Host and database only: any other part of the URL may contain a password. */
function placeOf(url: string): string {
  const { host = '', pathname = '' } = URL.parse(url) ?? {};
  return `Postgres at ${host}${pathname}`;
}
