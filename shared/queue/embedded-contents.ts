// The bytes of the embedded queue's jobs in SQLite, in chunks, because writing or zeroing a large document at
// once would block the event loop for 100 ms. Bytes without a job are deleted chunk by chunk.

import type { DatabaseSync } from 'node:sqlite';
import { untilNotBusy, type BusyOptions } from '../store/embedded-transaction.ts';
import { UnrecoverableJobError } from './queue.ts';

/** Bytes that SQLite writes or zeroes at once: about 10 ms including syncs. */
export const CHUNK_BYTES = 512 * 1024;

export interface Content {
  readonly token: string;
  readonly size: number;
}

export interface EmbeddedContents {
  /** Writes bytes as orphans; unless a job claims them, they are deleted after `untilMs`. */
  put(content: Content, bytes: Uint8Array, untilMs: number): Promise<void>;
  /** Assigns bytes to a job; false when they may be deleted already. Call it inside a transaction. */
  claim(content: Content, nowMs: number): boolean;
  /** Makes unclaimed bytes deletable at once. */
  release(content: Content): Promise<void>;
  read(content: Content, signal: AbortSignal): Promise<Uint8Array>;
  sweep(nowMs: number): Promise<void>;
}

/** Requires the `jobs` table; a trigger turns the bytes of a deleted job into orphans. */
export const CONTENT_TABLES = `
  CREATE TABLE IF NOT EXISTS chunks (
    token TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (token, at)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS orphans (token TEXT PRIMARY KEY, from_ms REAL NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS jobs_leave_orphans AFTER DELETE ON jobs WHEN OLD.content IS NOT NULL
    BEGIN INSERT INTO orphans VALUES (OLD.content, 0); END;
`;

export function openEmbeddedContents(database: DatabaseSync, busy: BusyOptions): EmbeddedContents {
  const insertOrphan = database.prepare('INSERT INTO orphans VALUES (?, ?)');
  const writeChunk = database.prepare('INSERT INTO chunks VALUES (?, ?, ?)');
  const claim = database.prepare('DELETE FROM orphans WHERE token = ? AND from_ms > ?');
  const readChunk = database.prepare('SELECT bytes FROM chunks WHERE token = ? AND at = ?');
  const selectOrphan = database.prepare('SELECT token FROM orphans WHERE from_ms <= ? LIMIT 1');
  const releaseOrphan = database.prepare('UPDATE orphans SET from_ms = 0 WHERE token = ?');
  const deleteChunk = database.prepare(`
    DELETE FROM chunks WHERE (token, at) IN (SELECT token, at FROM chunks WHERE token = ? LIMIT 1)
  `);
  const deleteOrphan = database.prepare('DELETE FROM orphans WHERE token = ?');
  let sweeping = false;
  const attempt = <T>(run: () => T): Promise<T> =>
    untilNotBusy(() => {
      if (!database.isOpen) throw new Error('the queue was closed');
      return run();
    }, busy);

  return {
    async put({ token, size }, bytes, untilMs) {
      await attempt(() => insertOrphan.run(token, untilMs));
      for (let at = 0; at < size; at += CHUNK_BYTES) {
        const chunk = bytes.subarray(at, at + CHUNK_BYTES);
        await attempt(() => writeChunk.run(token, at, chunk));
        await yieldToEventLoop();
      }
    },
    claim: ({ token }, nowMs) => claim.run(token, nowMs).changes > 0,
    release: async ({ token }) => void (await attempt(() => releaseOrphan.run(token))),
    async read({ token, size }, signal) {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += CHUNK_BYTES) {
        const chunk = readChunk.get(token, at)?.['bytes'];
        if (!(chunk instanceof Uint8Array)) {
          throw new UnrecoverableJobError('the bytes of the job are gone');
        }
        bytes.set(chunk, at);
        await yieldToEventLoop();
        signal.throwIfAborted();
      }
      return bytes;
    },
    async sweep(nowMs) {
      if (sweeping || !selectOrphan.get(nowMs)) return;
      sweeping = true;
      try {
        while (database.isOpen) {
          const token = selectOrphan.get(nowMs)?.['token'];
          if (typeof token !== 'string') {
            // The write-ahead log still holds the deleted bytes.
            database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
            return;
          }
          const { changes } = await attempt(() => deleteChunk.run(token));
          if (changes === 0) await attempt(() => deleteOrphan.run(token));
          await yieldToEventLoop();
        }
      } finally {
        sweeping = false;
      }
    },
  };
}

function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
