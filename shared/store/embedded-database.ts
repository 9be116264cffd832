// Opens a SQLite file that other threads and processes may open at the same time.

import { accessSync, chmodSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Result codes (https://sqlite.org/rescode.html); upper bytes hold the extended code. */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const FULL = 13;
const CANTOPEN = 14;

const PAUSE_MS = 5;
/** How long a statement waits for another process. */
const LOCK_WAIT_MS = 2_000;
/** Less free space than this explains an I/O error: SQLite needs as much for its shared memory. */
const FREE_BYTES_MIN = 64 * 1024;

/**
 * Opens or creates a file in WAL mode. Retries the switch to WAL, for which SQLite returns SQLITE_BUSY
 * without waiting when two connections try it (https://sqlite.org/c3ref/busy_handler.html).
 * @param waitMs How long opening, and then each statement, waits for a lock.
 * @throws When the file cannot be opened.
 */
export function openDatabase(path: string, waitMs = LOCK_WAIT_MS): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    waitWhileBusy(waitMs, () => database.exec('PRAGMA journal_mode = WAL'));
    makePrivate(path);
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Takes the permissions of other users away, also from files of earlier versions. SQLite gives new logs those
 * of the database. The file is not opened: closing it would release SQLite's locks.
 */
export function makePrivate(path: string): void {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) {
    const found = statSync(each, { throwIfNoEntry: false });
    const isOwn = found?.uid === process.getuid?.();
    if (!found || !isOwn || (found.mode & 0o077) === 0) continue;
    try {
      chmodSync(each, 0o600);
    } catch (error) {
      // A disk that cannot be written is reported by what needs to write.
      if (!(error instanceof Error && 'code' in error && error.code === 'EROFS')) throw error;
    }
  }
}

/** As `openDatabase`, without waiting later: statements fail with SQLITE_BUSY at once. */
export function openWithoutWaiting(
  path: string,
  waitMs: number,
  prepare: (database: DatabaseSync) => void,
): DatabaseSync {
  const database = openDatabase(path, waitMs);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    waitWhileBusy(waitMs, () => prepare(database));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens a file that cannot be written, and whose directory may be full: without locks or shared memory.
 * @throws When the file does not exist, or its write-ahead log has what the file itself lacks.
 */
export function openUnwritable(path: string): DatabaseSync {
  const log = `${path}-wal`;
  if (existsSync(log) && statSync(log).size > 0) {
    throw new Error('a database that cannot be written has a write-ahead log');
  }
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, { readOnly: true });
}

/** Identifies a file, until another one takes its place; `undefined` without a file. */
export function fileIdOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** Whether another process holds a lock. */
export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === BUSY;
}

/** Whether the file or its directory cannot be written, for the moment or for good. */
export function isUnwritable(error: unknown): boolean {
  return [READONLY, IOERR, FULL, CANTOPEN].includes(resultCodeOf(error) ?? -1);
}

/** Adds the system's code to an error that a full or read-only disk explains. */
export function explained(error: unknown, path: string): unknown {
  const code = systemCodeOf(error, path);
  return code === undefined ? error : Object.assign(error as Error, { code });
}

function systemCodeOf(error: unknown, path: string): string | undefined {
  const result = resultCodeOf(error);
  if (result === FULL) return 'ENOSPC';
  if (result === READONLY) return 'EROFS';
  if (result === BUSY) return 'EBUSY';
  if (result === IOERR && isFull(dirname(path))) return 'ENOSPC';
  return result === IOERR || result === CANTOPEN ? refusalOf(dirname(path)) : undefined;
}

/** Why the directory cannot be written. */
function refusalOf(directory: string): string | undefined {
  try {
    accessSync(directory, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : undefined;
  }
}

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < FREE_BYTES_MIN;
  } catch {
    return false;
  }
}

function resultCodeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}

function waitWhileBusy(waitMs: number, run: () => void): void {
  for (let waitedMs = 0; ; waitedMs += PAUSE_MS) {
    try {
      return run();
    } catch (error) {
      if (waitedMs >= waitMs || !isBusy(error)) throw error;
    }
    pause();
  }
}

/** Blocks the thread, as every SQLite call does; jitter keeps two processes from colliding again. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS * (0.5 + Math.random()));
}
