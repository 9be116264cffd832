// SQLite transactions, single and batched.

import type { DatabaseSync } from 'node:sqlite';

/** Takes the write lock first, so that nothing it reads can change before it writes. */
export function transaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

interface Step {
  /** Runs inside a transaction; returns a function to call after the commit. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs all steps of one event loop turn in a single transaction, since a commit costs more than its
 * rows. When a step throws, each step runs again in its own transaction, so only that one rejects.
 */
export function batchedTransactions(database: DatabaseSync): <T>(run: () => T) => Promise<T> {
  let waiting: Step[] = [];

  const runAll = () => {
    const steps = waiting;
    waiting = [];
    try {
      const resolvers = transaction(database, () => steps.map(({ run }) => run()));
      for (const resolve of resolvers) resolve();
    } catch {
      for (const { run, reject } of steps) {
        try {
          transaction(database, run)();
        } catch (error) {
          reject(error);
        }
      }
    }
  };

  return <T>(run: () => T) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (waiting.length === 0) setImmediate(runAll);
    waiting.push({
      run: () => {
        const result = run();
        return () => resolve(result);
      },
      reject,
    });
    return promise;
  };
}
