// PGlite, an in-process PostgreSQL, behind the index's driver interface. With its single connection it is
// test-only, but runs the same SQL on machines without a server.

import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { Query, Row, Sql } from '../../services/rag/passage-index/postgres-sql.ts';

export async function openPgliteSql(): Promise<Sql> {
  const database = await PGlite.create({ extensions: { vector } });
  /** PGlite cannot cancel a query, but callers need not wait for it. */
  const unlessAborted = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work(), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
  return {
    query: (text, values, signal) =>
      unlessAborted(signal, async () => (await database.query<Row>(text, [...values])).rows),
    transaction: (run, signal) =>
      unlessAborted(signal, () =>
        database.transaction((transaction) => {
          const query: Query = async (text, values = []) =>
            (await transaction.query<Row>(text, [...values])).rows;
          return run(query);
        }),
      ),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
