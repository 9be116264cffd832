// One step in SQLite, seen whole or not at all by whoever shares the file.

import type { DatabaseSync } from 'node:sqlite';

/** Takes the write lock at once, so that what is read stays true until it is written. */
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
  /** Within a transaction; gives what is to be called when that is committed. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one transaction of all that is asked for in a turn of the event loop, as one costs more than
 * the rows it writes. What cannot be done is no reason for others to be lost: then each has its own.
 */
export function gatheredSteps(database: DatabaseSync): <T>(run: () => T) => Promise<T> {
  let waiting: Step[] = [];

  const runAll = () => {
    const steps = waiting;
    waiting = [];
    try {
      const done = transaction(database, () => steps.map(({ run }) => run()));
      for (const resolve of done) resolve();
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
