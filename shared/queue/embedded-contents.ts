// The bytes of the embedded queue's jobs in SQLite, in pieces: written or zeroed in one go, a large
// document would keep the process from everything else for a tenth of a second. What no job names is
// stray, and swept away piece by piece too; a process that dies in between leaves that to the next.

import type { DatabaseSync } from 'node:sqlite';
import { limits } from '../limits.ts';
import { UnrecoverableJobError } from './queue.ts';

export interface Content {
  readonly token: string;
  readonly size: number;
}

export interface EmbeddedContents {
  /** Writes bytes that are stray until a job names them, and may be swept from `untilMs` on. */
  put(content: Content, bytes: Uint8Array, untilMs: number): Promise<void>;
  /** Makes bytes a job's; false when they may be swept already. Belongs inside a transaction. */
  name(content: Content, nowMs: number): boolean;
  /** Lets bytes that no job names be swept at once. */
  drop(content: Content): void;
  read(content: Content, signal: AbortSignal): Promise<Uint8Array>;
  sweep(nowMs: number): Promise<void>;
}

/** `jobs` has a column `content`; a job that is deleted leaves its bytes stray by itself. */
export function openEmbeddedContents(database: DatabaseSync): EmbeddedContents {
  database.exec(`
    CREATE TABLE IF NOT EXISTS pieces (
      token TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (token, at)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS strays (token TEXT PRIMARY KEY, from_ms REAL NOT NULL) STRICT;
    CREATE TRIGGER IF NOT EXISTS jobs_leave_strays AFTER DELETE ON jobs WHEN OLD.content IS NOT NULL
      BEGIN INSERT INTO strays VALUES (OLD.content, 0); END;
  `);
  const publish = database.prepare('INSERT INTO strays VALUES (?, ?)');
  const write = database.prepare('INSERT INTO pieces VALUES (?, ?, ?)');
  const name = database.prepare('DELETE FROM strays WHERE token = ? AND from_ms > ?');
  const read = database.prepare('SELECT bytes FROM pieces WHERE token = ? AND at = ?');
  const orphan = database.prepare('SELECT token FROM strays WHERE from_ms <= ? LIMIT 1');
  const due = database.prepare('UPDATE strays SET from_ms = 0 WHERE token = ?');
  const cut = database.prepare(`
    DELETE FROM pieces WHERE (token, at) IN (SELECT token, at FROM pieces WHERE token = ? LIMIT 1)
  `);
  const forget = database.prepare('DELETE FROM strays WHERE token = ?');
  const { chunkBytes } = limits.queue;
  let sweeping = false;

  return {
    async put({ token, size }, bytes, untilMs) {
      publish.run(token, untilMs);
      for (let at = 0; at < size; at += chunkBytes) {
        write.run(token, at, bytes.subarray(at, at + chunkBytes));
        await othersServed();
        if (!database.isOpen) throw new Error('the queue was closed');
      }
    },
    name: ({ token }, nowMs) => name.run(token, nowMs).changes > 0,
    drop: ({ token }) => void due.run(token),
    async read({ token, size }, signal) {
      const whole = new Uint8Array(size);
      for (let at = 0; at < size; at += chunkBytes) {
        const chunk = read.get(token, at)?.['bytes'];
        if (!(chunk instanceof Uint8Array)) {
          throw new UnrecoverableJobError('the bytes of the job are gone');
        }
        whole.set(chunk, at);
        await othersServed();
        signal.throwIfAborted();
      }
      return whole;
    },
    async sweep(nowMs) {
      if (sweeping || !orphan.get(nowMs)) return;
      sweeping = true;
      try {
        while (database.isOpen) {
          const token = orphan.get(nowMs)?.['token'];
          if (typeof token !== 'string') {
            // The log of what was written holds bytes that the file no longer does.
            database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
            return;
          }
          if (cut.run(token).changes === 0) forget.run(token);
          await othersServed();
        }
      } finally {
        sweeping = false;
      }
    },
  };
}

function othersServed(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
