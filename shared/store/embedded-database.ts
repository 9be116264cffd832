// Opening a SQLite file that other threads and processes may open at the same moment.

import { DatabaseSync } from 'node:sqlite';

/** SQLITE_BUSY, https://sqlite.org/rescode.html#busy; the upper bytes tell of what kind. */
const BUSY = 5;
const PAUSE_MS = 5;

/**
 * Opens or creates a file with write-ahead logging, by which readers go on while another writes. From
 * then on a step waits up to `waitMs` for the lock of another. Throws when the file cannot be opened.
 *
 * The change of a new file to write-ahead logging is tried again and again: two that make it at once
 * wait for each other, which SQLite sees and refuses at once instead of waiting
 * (https://sqlite.org/c3ref/busy_handler.html).
 */
export function openDatabase(path: string, waitMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let waitedMs = 0; !hasLog(database, waitedMs < waitMs); waitedMs += PAUSE_MS) pause();
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function hasLog(database: DatabaseSync, mayBeBusy: boolean): boolean {
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

/** Not of one length, so that two do not go on meeting. The thread stands still, as in all of SQLite. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS * (0.5 + Math.random()));
}
