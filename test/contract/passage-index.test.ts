// Runs the passage index contract against SQLite, a real PostgreSQL with pgvector, and PGlite, which is
// PostgreSQL in this process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe } from 'vitest';
import { openPostgresIndex } from '../../services/rag/passage-index/postgres.ts';
import { openPool } from '../../services/rag/passage-index/postgres-pool.ts';
import { openSqliteIndex } from '../../services/rag/passage-index/sqlite.ts';
import { describeWithPostgres } from '../kit/describe-with.ts';
import { openPgliteSql } from '../kit/pglite-sql.ts';
import { postgresErrors } from '../kit/postgres-faults.ts';
import { startPostgresServer } from '../kit/postgres-server.ts';
import { holdingSuite } from './passage-index-holding.ts';
import { severalProcessesSuite, type SharedPlace } from './passage-index-processes.ts';
import { rankingSuite } from './passage-index-ranking.ts';
import { passageIndexSuite, type IndexedPlace } from './passage-index-suite.ts';

async function sqlitePlace(): Promise<SharedPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-index-'));
  const index = openSqliteIndex(directory);
  return {
    index,
    place: { directory },
    faults: async (collection) => sqliteErrors(join(directory, `${collection}.db`)),
    async [Symbol.asyncDispose]() {
      await index[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** SQLite's integrity checks of the file and its full-text index, and orphaned rows. */
function sqliteErrors(path: string): string[] {
  using database = new DatabaseSync(path);
  const checks = [
    ...database.prepare('PRAGMA integrity_check').all(),
    ...database
      .prepare(
        `SELECT 'orphan ' || number AS orphan FROM passages
          WHERE document NOT IN (SELECT number FROM documents)
            OR number NOT IN (SELECT rowid FROM words)
        UNION ALL SELECT 'orphan words' FROM words WHERE rowid NOT IN (SELECT number FROM passages)
        UNION ALL SELECT 'orphan vector' FROM vectors
          WHERE passage NOT IN (SELECT number FROM passages)`,
      )
      .all(),
  ];
  database.exec(`INSERT INTO words (words, rank) VALUES ('integrity-check', 1)`);
  return checks.flatMap((row) => Object.values(row).map(String)).filter((text) => text !== 'ok');
}

async function postgresPlace(): Promise<SharedPlace> {
  const server = await startPostgresServer();
  const index = await openPostgresIndex(server.url);
  const sql = openPool(server.url);
  return {
    index,
    place: { url: server.url },
    faults: (collection) => postgresErrors(sql, collection),
    async [Symbol.asyncDispose]() {
      await index[Symbol.asyncDispose]();
      await sql[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function pglitePlace(): Promise<IndexedPlace> {
  const sql = await openPgliteSql();
  const index = await openPostgresIndex(sql);
  return {
    index,
    faults: (collection) => postgresErrors(sql, collection),
    [Symbol.asyncDispose]: () => index[Symbol.asyncDispose](),
  };
}

/** Opens the place once for all suites of a describe; each has collections of its own. */
function shared<Place extends IndexedPlace>(open: () => Promise<Place>): () => Promise<Place> {
  let opening: Promise<Place> | undefined;
  afterAll(async () => await (await opening)?.[Symbol.asyncDispose]());
  return async () => ({ ...(await (opening ??= open())), [Symbol.asyncDispose]: async () => {} });
}

describe('in files', () => {
  const place = shared(sqlitePlace);
  passageIndexSuite('SQLite', place);
  holdingSuite('SQLite', place);
  rankingSuite('SQLite', place);
  severalProcessesSuite('SQLite', place);
});

describe('over PGlite', () => {
  const place = shared(pglitePlace);
  passageIndexSuite('PGlite', place);
  holdingSuite('PGlite', place);
  rankingSuite('PGlite', place);
});

describeWithPostgres('over a real PostgreSQL', () => {
  const place = shared(postgresPlace);
  passageIndexSuite('Postgres', place);
  holdingSuite('Postgres', place);
  rankingSuite('Postgres', place);
  severalProcessesSuite('Postgres', place);
});
