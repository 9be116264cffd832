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
