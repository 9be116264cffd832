// Connections to a real Postgres. A statement that nobody waits for any more is stopped at the server,
// and its connection is given up, as nobody knows how far it came.

import pg from 'pg';
import { endsWithin, systemClock } from '../../../shared/runtime/clock.ts';
import { addressOf } from '../../../shared/runtime/dependency-error.ts';
import { limits } from '../../../shared/limits.ts';
import { postgresError } from './postgres-error.ts';
import type { Query, Row, Sql } from './postgres-sql.ts';

/** How long the server may take to end its connections; the process ends without its word. */
const PARTING_MS = 1_000;

/** Connects on first use. `url` is a connection string, `postgres://user:password@host/database`. */
export function openPool(url: string): Sql {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: limits.connectMs,
    application_name: 'llmp',
  };
  const pool = new pg.Pool({
    ...settings,
    max: limits.index.connectionsMax,
    statement_timeout: limits.index.searchMs,
    // A process that stands still in a transaction must not hold up the others.
    idle_in_transaction_session_timeout: limits.index.writeMs,
  });
  // A connection that breaks says so to whoever waits for its answer, and the pool gives it up; what
  // it says besides would end the process if nobody listened.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  /** Takes a connection for `work`, and stops it when `signal` aborts. */
  async function connected<T>(work: (query: Query) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const client = await pool.connect().catch((error: unknown) => {
      throw postgresError(error, url);
    });
    const query: Query = async (text, values = []) => {
      signal.throwIfAborted();
      const { rows } = await client.query<Row>(text, [...values]);
      return rows;
    };
    const left = Promise.withResolvers<never>();
    const leave = () => {
      void stop(settings, client);
      left.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    let isSound = true;
    try {
      return await Promise.race([work(query), left.promise]);
    } catch (error) {
      // Errors that the server names leave a connection usable, unless it is the end of it.
      isSound = error instanceof pg.DatabaseError && error.severity === 'ERROR' && !signal.aborted;
      throw signal.aborted ? error : postgresError(error, url);
    } finally {
      signal.removeEventListener('abort', leave);
      client.release(!isSound);
    }
  }

  return {
    address: addressOf(url, 5432),
    query: (text, values, signal) => connected((query) => query(text, values), signal),
    transaction: (run, signal) =>
      connected(async (query) => {
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
      await endsWithin(systemClock, PARTING_MS, pool.end());
    },
  };
}

/** Over a connection of its own: those of the pool may all be busy with what is to be stopped. */
async function stop(settings: pg.ClientConfig, client: pg.PoolClient): Promise<void> {
  const { processID } = client as unknown as { processID: number | null };
  const other = new pg.Client(settings);
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('SELECT pg_cancel_backend($1)', [processID]);
  } catch {
    // The statement then ends by its timeout.
  } finally {
    await other.end().catch(() => undefined);
  }
}
