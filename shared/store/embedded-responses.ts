// Cached responses in their own SQLite file, which can be deleted at any time. Each write may evict
// expired and then the oldest entries.

import { join } from 'node:path';
import type { ResponseCacheStore } from './response-cache.ts';
import { openDatabase } from './embedded-database.ts';
import { transaction } from './embedded-transaction.ts';

export interface EmbeddedResponses extends ResponseCacheStore, Disposable {}

/** @param bytesMax Total size of all cached responses. */
export function openEmbeddedResponses(directory: string, bytesMax: number): EmbeddedResponses {
  const database = openDatabase(join(directory, 'responses.db'));
  database.exec(`
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS responses (
      key TEXT PRIMARY KEY, stored_at REAL NOT NULL, expires_at REAL NOT NULL, message TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS responses_by_age ON responses (stored_at);
    CREATE INDEX IF NOT EXISTS responses_by_end ON responses (expires_at);
  `);
  const select = database.prepare('SELECT * FROM responses WHERE key = ? AND expires_at > ?');
  const put = database.prepare('INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?)');
  const removeExpired = database.prepare('DELETE FROM responses WHERE expires_at <= ?');
  const size = database.prepare('SELECT total(length(message)) AS bytes FROM responses');
  const removeOldest = database.prepare(
    'DELETE FROM responses WHERE key IN (SELECT key FROM responses ORDER BY stored_at LIMIT 100)',
  );
  const bytes = () => Number(size.get()?.['bytes'] ?? 0);
  let estimatedBytes = bytes();

  return {
    async cachedResponse(key, nowMs) {
      const row = select.get(key, nowMs);
      if (!row) return undefined;
      return { storedAtMs: Number(row['stored_at']), message: String(row['message']) };
    },
    async saveResponse(key, { storedAtMs, message }, ttlMs) {
      put.run(key, storedAtMs, storedAtMs + ttlMs, message);
      estimatedBytes += message.length;
      // The exact size needs a scan of all rows, so it is measured only when the estimate is too large.
      if (estimatedBytes <= bytesMax) return;
      transaction(database, () => {
        removeExpired.run(storedAtMs);
        estimatedBytes = bytes();
        while (estimatedBytes > bytesMax) {
          removeOldest.run();
          estimatedBytes = bytes();
        }
      });
    },
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}
