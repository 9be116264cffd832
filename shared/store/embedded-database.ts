// Opens a SQLite file that other threads and processes may open at the same time.

import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY (https://sqlite.org/rescode.html#busy); upper bytes hold the extended code. */
const BUSY = 5;
const PAUSE_MS = 5;
/** How long a statement waits for another process. */
const LOCK_WAIT_MS = 2_000;

/**
 * Opens or creates a file in WAL mode. Retries the switch to WAL, for which SQLite returns SQLITE_BUSY
 * without waiting when two connections try it (https://sqlite.org/c3ref/busy_handler.html).
 * @param waitMs How long a statement waits for a lock.
 * @throws When the file cannot be opened.
 */
export function openDatabase(path: string, waitMs = LOCK_WAIT_MS): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let waitedMs = 0; !enterWalMode(database, waitedMs < waitMs); waitedMs += PAUSE_MS)
      pause();
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function enterWalMode(database: DatabaseSync, mayBeBusy: boolean): boolean {
  try {
    database.exec('PRAGMA journal_mode = WAL');
    return true;
  } catch (error) {
    if (mayBeBusy && isBusy(error)) return false;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === BUSY
  );
}

/** Blocks the thread, as every SQLite call does; jitter keeps two processes from colliding again. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS * (0.5 + Math.random()));
}
