// PGlite, which is PostgreSQL in this process, behind the port of the Postgres index. It has one
// connection: never a store of the product, but the same SQL on machines that have no server.

import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { Query, Row, Sql } from '../../services/rag/passage-index/postgres-sql.ts';

export async function openPgliteSql(): Promise<Sql> {
  const database = await PGlite.create({ extensions: { vector } });
  /** It cannot be stopped, but who leaves need not wait for it. */
  const unlessLeft = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([work(), left.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };
  return {
    query: (text, values, signal) =>
      unlessLeft(signal, async () => (await database.query<Row>(text, [...values])).rows),
    transaction: (run, signal) =>
      unlessLeft(signal, () =>
        database.transaction((held) => {
          const query: Query = async (text, values = []) =>
            (await held.query<Row>(text, [...values])).rows;
          return run(query);
        }),
      ),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
