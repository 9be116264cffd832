import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PassageIndex } from '../../../../services/rag/passage-index/passage-index.ts';
import { openPool } from '../../../../services/rag/passage-index/postgres-pool.ts';
import {
  NEVER_ABORTED,
  type Row,
  type Sql,
} from '../../../../services/rag/passage-index/postgres-sql.ts';
import { openPostgresIndex } from '../../../../services/rag/passage-index/postgres.ts';
import { EXACT_VECTORS_MAX } from '../../../../services/rag/passage-index/postgres-layout.ts';
import { describeWithPostgres } from '../../../kit/describe-with.ts';
import { cosineOf, documentOf, idsOf, passageOf } from '../../../kit/passages.ts';
import { postgresErrors } from '../../../kit/postgres-faults.ts';
import { startPostgresServer } from '../../../kit/postgres-server.ts';
import { seeded } from '../../../kit/seeded.ts';
import type { RunningServer } from '../../../kit/servers.ts';

/** A server that returns given rows and records its queries. */
function fakeServer(rowsFor: (text: string) => Row[]): Sql & { readonly queries: string[] } {
  const queries: string[] = [];
  const query = async (text: string) => {
    queries.push(text);
    return rowsFor(text);
  };
  return {
    queries,
    query,
    transaction: (run) => run(query),
    async [Symbol.asyncDispose]() {
      queries.push('closed');
    },
  };
}

describe('opening the index in Postgres', () => {
  it.each([
    [[], 'has no pgvector: the index needs pgvector 0.7'],
    [[{ version: '0.5.1' }], 'has pgvector 0.5.1: the index needs'],
    [[{ version: '0.6.2' }], 'has pgvector 0.6.2: the index needs'],
  ])('reports what the server lacks: %j', async (rows, message) => {
    const server = fakeServer((text) => (text.includes('pg_available_extensions') ? rows : []));
    await expect(openPostgresIndex(server)).rejects.toThrow(message);
    expect(server.queries.at(-1)).toBe('closed');
    expect(server.queries.join()).not.toContain('CREATE');
  });

  it('rejects tables of another layout with advice', async () => {
    const server = fakeServer((text) => {
      if (text.includes('pg_available_extensions')) return [{ version: '1.0' }];
      return text.startsWith('SELECT layout') ? [{ layout: 7 }] : [];
    });
    await expect(openPostgresIndex(server)).rejects.toThrow(
      /has index layout 7.*index the documents again/,
    );
  });

  it('fails if there is no server', async () => {
    await expect(openPostgresIndex('postgres://llmp@127.0.0.1:1/none')).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});

describeWithPostgres('the index in a real Postgres', () => {
  let server: RunningServer;
  let index: PassageIndex;
  let sql: Sql;
  beforeAll(async () => {
    server = await startPostgresServer();
    index = await openPostgresIndex(server.url);
    sql = openPool(server.url);
  });
  afterAll(async () => {
    await index[Symbol.asyncDispose]();
    await sql[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const running = async () => {
    const rows = await sql.query(
      `SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
      [],
      NEVER_ABORTED,
    );
    return rows.length;
  };
  const until = async (count: number) => {
    while ((await running()) !== count) await new Promise((resolve) => void setImmediate(resolve));
  };

  it('can be opened concurrently', async () => {
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => openPostgresIndex(server.url)),
    );
    expect(await Promise.all(opened.map((one) => one.ready()))).toEqual(Array(6).fill(true));
    await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
  });

  it('cancels a statement on the server when its caller aborts', async () => {
    const caller = new AbortController();
    const sleeping = sql.query('SELECT pg_sleep(600)', [], caller.signal);
    await until(1);
    const reason = new Error('aborted');
    caller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await until(0);
  });

  it('cancels a transaction in the same way, and rolls it back', async () => {
    const caller = new AbortController();
    const sleeping = sql.transaction(async (query) => {
      await query('CREATE TABLE half (done boolean)');
      await query('SELECT pg_sleep(600)');
    }, caller.signal);
    await until(1);
    caller.abort('aborted');
    await expect(sleeping).rejects.toBe('aborted');
    await until(0);
    await expect(sql.query('SELECT * FROM half', [], NEVER_ABORTED)).rejects.toThrow(
      'does not exist',
    );
  });

  it('recovers after the server closed its connections', async () => {
    await index.replace(documentOf('a', 'ended'), [passageOf('apple')]);
    await sql.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = $1',
      ['llmp'],
      NEVER_ABORTED,
    );
    const search = () => index.searchWords('ended', 'apple', 10, NEVER_ABORTED);
    // The first search may still use the closed connection.
    const hits = await search().catch(search);
    expect(idsOf(hits)).toEqual(['a']);
  });

  it('finds nearly all nearest of many vectors through the HNSW index', async () => {
    const chance = seeded(7);
    const vectors = Array.from({ length: EXACT_VECTORS_MAX + 1 }, () =>
      Float32Array.from({ length: 8 }, () => chance(1_000) - 500),
    );
    await index.replace(
      documentOf('a', 'many'),
      vectors.map((vector) => passageOf('apple', { vector })),
    );
    const [indexed] = await sql.query(
      `SELECT count(*) AS count FROM pg_indexes WHERE indexdef LIKE '%hnsw%'`,
      [],
      NEVER_ABORTED,
    );
    expect(Number(indexed?.['count'])).toBe(1);
    let found = 0;
    for (const query of vectors.slice(0, 20)) {
      const hits = await index.searchVectors(
        'many',
        { vector: query, question: '' },
        10,
        NEVER_ABORTED,
      );
      const tenth =
        vectors.map((vector) => cosineOf(vector, query)).toSorted((a, b) => b - a)[9] ?? 2;
      found += hits.filter(({ score }) => score > tenth - 1e-5).length;
    }
    expect(found).toBeGreaterThan(180);
    expect(await postgresErrors(sql, 'many')).toEqual([]);
  });
});
