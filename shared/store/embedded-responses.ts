// Cached responses in their own SQLite file, which can be deleted at any time. Each write may evict
// expired and then the oldest entries.

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CachedResponse, ResponseCacheStore } from './response-cache.ts';
import { EmbeddedFile } from './embedded-file.ts';
import type { BusyOptions } from './embedded-transaction.ts';

export interface EmbeddedResponses extends ResponseCacheStore, Disposable {}

const TABLES = `
  CREATE TABLE IF NOT EXISTS responses (
    key TEXT PRIMARY KEY, stored_at REAL NOT NULL, expires_at REAL NOT NULL, message TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS responses_by_age ON responses (stored_at);
  CREATE INDEX IF NOT EXISTS responses_by_end ON responses (expires_at);
`;

/** @param bytesMax Total size of all cached responses. */
export function openEmbeddedResponses(
  directory: string,
  bytesMax: number,
  busy: BusyOptions,
): EmbeddedResponses {
  const file = new EmbeddedFile({
    ...busy,
    path: join(directory, 'responses.db'),
    pragmas: 'PRAGMA synchronous = OFF',
    create: (database) => database.exec(TABLES),
    prepare: (database) => prepareTables(database, bytesMax),
  });
  return {
    cachedResponse: (key, nowMs) => file.read((tables) => tables.find(key, nowMs)),
    saveResponse: (key, response, ttlMs) =>
      file.write((tables) => tables.save(key, response, ttlMs)),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function prepareTables(database: DatabaseSync, bytesMax: number) {
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
    find(key: string, nowMs: number): CachedResponse | undefined {
      const row = select.get(key, nowMs);
      if (!row) return undefined;
      return { storedAtMs: Number(row['stored_at']), message: String(row['message']) };
    },
    save(key: string, { storedAtMs, message }: CachedResponse, ttlMs: number): void {
      put.run(key, storedAtMs, storedAtMs + ttlMs, message);
      estimatedBytes += message.length;
      // The exact size needs a scan of all rows, so it is measured only when the estimate is too large.
      if (estimatedBytes <= bytesMax) return;
      removeExpired.run(storedAtMs);
      estimatedBytes = bytes();
      while (estimatedBytes > bytesMax) {
        removeOldest.run();
        estimatedBytes = bytes();
      }
    },
  };
}
