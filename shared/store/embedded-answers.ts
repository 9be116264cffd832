// Cached answers in a file of their own, which can be deleted at any time: what is over, and what is
// more than fits, goes when something comes.

import { join } from 'node:path';
import type { ResponseCacheStore } from './response-cache.ts';
import { limits } from '../limits.ts';
import { openDatabase } from './embedded-database.ts';
import { transaction } from './embedded-transaction.ts';

export interface EmbeddedResponses extends ResponseCacheStore, Disposable {}

/** `bytesMax` is of all answers together. */
export function openEmbeddedResponses(directory: string, bytesMax: number): EmbeddedResponses {
  const database = openDatabase(join(directory, 'answers.db'), limits.lockWaitMs);
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS answers (
      key TEXT PRIMARY KEY, stored_at REAL NOT NULL, expires_at REAL NOT NULL, message TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS answers_by_age ON answers (stored_at);
    CREATE INDEX IF NOT EXISTS answers_by_end ON answers (expires_at);
  `);
  const find = database.prepare('SELECT * FROM answers WHERE key = ? AND expires_at > ?');
  const put = database.prepare('INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)');
  const forget = database.prepare('DELETE FROM answers WHERE expires_at <= ?');
  const size = database.prepare('SELECT total(length(message)) AS bytes FROM answers');
  const oldest = database.prepare(
    'DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY stored_at LIMIT 100)',
  );
  const bytes = () => Number(size.get()?.['bytes'] ?? 0);
  let known = bytes();

  return {
    async answerTo(key, nowMs) {
      const row = find.get(key, nowMs);
      if (!row) return undefined;
      return { storedAtMs: Number(row['stored_at']), message: String(row['message']) };
    },
    async saveResponse(key, { storedAtMs, message }, ttlMs) {
      put.run(key, storedAtMs, storedAtMs + ttlMs, message);
      known += message.length;
      // Counted anew only where it could be too much: all rows have to be read for it.
      if (known <= bytesMax) return;
      transaction(database, () => {
        forget.run(storedAtMs);
        known = bytes();
        while (known > bytesMax) {
          oldest.run();
          known = bytes();
        }
      });
    },
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}
