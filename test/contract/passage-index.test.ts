// Runs the passage index contract against SQLite, a real PostgreSQL with pgvector, and PGlite, which is
// PostgreSQL in this process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

passageIndexSuite('SQLite', sqlitePlace);
holdingSuite('SQLite', sqlitePlace);
rankingSuite('SQLite', sqlitePlace);
severalProcessesSuite('SQLite', sqlitePlace);

passageIndexSuite('PGlite', pglitePlace);
holdingSuite('PGlite', pglitePlace);
rankingSuite('PGlite', pglitePlace);

describeWithPostgres('over a real PostgreSQL', () => {
  passageIndexSuite('Postgres', postgresPlace);
  holdingSuite('Postgres', postgresPlace);
  rankingSuite('Postgres', postgresPlace);
  severalProcessesSuite('Postgres', postgresPlace);
});
