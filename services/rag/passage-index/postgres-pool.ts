// Connections to a real Postgres. Aborted statements are cancelled on the server, and their connection
// is discarded because its state is unknown.

import pg from 'pg';
import { endsWithin, systemClock } from '../../../shared/runtime/clock.ts';
import { addressOf } from '../../../shared/runtime/dependency-error.ts';
import { postgresError } from './postgres-error.ts';
import { WRITE_MS, type Query, type Row, type Sql } from './postgres-sql.ts';

/** TCP and TLS connection, and the wait for a free one. */
const CONNECT_MS = 5_000;
/** Connections of one process. */
const CONNECTIONS_MAX = 8;
/** One search statement: far longer than 100,000 passages take; callers have shorter deadlines. */
const SEARCH_MS = 10_000;
/** How long to wait for the server to close connections before the process exits anyway. */
const CLOSE_MS = 1_000;

/** Connects on first use. `url` is a connection string, `postgres://user:password@host/database`. */
export function openPool(url: string): Sql {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'llmp',
  };
  const pool = new pg.Pool({
    ...settings,
    max: CONNECTIONS_MAX,
    statement_timeout: SEARCH_MS,
    // A process that hangs in a transaction must not block the others.
    idle_in_transaction_session_timeout: WRITE_MS,
  });
  // Errors of idle connections would end the process if unhandled; active queries reject on their own.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  /** Runs `work` with a connection and cancels it when `signal` aborts. */
  async function withConnection<T>(
    work: (query: Query) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    signal.throwIfAborted();
    const client = await pool.connect().catch((error: unknown) => {
      throw postgresError(error, url);
    });
    const query: Query = async (text, values = []) => {
      signal.throwIfAborted();
      const { rows } = await client.query<Row>(text, [...values]);
      return rows;
    };
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => {
      void cancelQuery(settings, client);
      aborted.reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let isUsable = true;
    try {
      return await Promise.race([work(query), aborted.promise]);
    } catch (error) {
      // After a server-reported ERROR the connection is still usable.
      isUsable = error instanceof pg.DatabaseError && error.severity === 'ERROR' && !signal.aborted;
      throw signal.aborted ? error : postgresError(error, url);
    } finally {
      signal.removeEventListener('abort', onAbort);
      client.release(!isUsable);
    }
  }

  return {
    address: addressOf(url, 5432),
    query: (text, values, signal) => withConnection((query) => query(text, values), signal),
    transaction: (run, signal) =>
      withConnection(async (query) => {
        await query('BEGIN');
        try {
          const result = await run(query);
          await query('COMMIT');
          return result;
        } catch (error) {
          await query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }, signal),
    async [Symbol.asyncDispose]() {
      await endsWithin(systemClock, CLOSE_MS, pool.end());
    },
  };
}

/** Cancels over a separate connection, because the pool may be exhausted. */
async function cancelQuery(settings: pg.ClientConfig, client: pg.PoolClient): Promise<void> {
  const { processID } = client as unknown as { processID: number | null };
  const other = new pg.Client(settings);
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('SELECT pg_cancel_backend($1)', [processID]);
  } catch {
    // If cancelling fails, the statement timeout ends it.
  } finally {
    await other.end().catch(() => undefined);
  }
}
