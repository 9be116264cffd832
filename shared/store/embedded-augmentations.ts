// Saved augmentations in their own SQLite file. Each write may evict expired entries and then those of
// the least recently continued conversations.

import { join } from 'node:path';
import type { Augmentations } from '../retrieval/augmentations.ts';
import { openDatabase } from './embedded-database.ts';
import { transaction } from './embedded-transaction.ts';

export interface EmbeddedAugmentations extends Augmentations, Disposable {}

/** @param bytesMax Total length of all values, in UTF-16 code units. */
export function openEmbeddedAugmentations(
  directory: string,
  bytesMax: number,
): EmbeddedAugmentations {
  const database = openDatabase(join(directory, 'augmentations.db'));
  database.exec(`
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS augmentations (
      key TEXT PRIMARY KEY, expires_at REAL NOT NULL, value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS augmentations_by_end ON augmentations (expires_at);
  `);
  const select = database.prepare(
    'SELECT value FROM augmentations WHERE key = ? AND expires_at > ?',
  );
  const extend = database.prepare(
    'UPDATE augmentations SET expires_at = ? WHERE key = ? AND expires_at < ?',
  );
  const put = database.prepare('INSERT OR REPLACE INTO augmentations VALUES (?, ?, ?)');
  const removeExpired = database.prepare('DELETE FROM augmentations WHERE expires_at <= ?');
  const size = database.prepare('SELECT total(length(value)) AS bytes FROM augmentations');
  const removeOldest = database.prepare(
    'DELETE FROM augmentations WHERE key IN (SELECT key FROM augmentations ORDER BY expires_at LIMIT 100)',
  );
  const bytes = () => Number(size.get()?.['bytes'] ?? 0);
  let estimatedBytes = bytes();

  const valueOf = (key: string, nowMs: number) => {
    const row = select.get(key, nowMs);
    return row && String(row['value']);
  };
  const makeSpace = (value: string, nowMs: number) => {
    estimatedBytes += value.length;
    // The exact size needs a scan of all rows, so it is measured only when the estimate is too large.
    if (estimatedBytes <= bytesMax) return;
    removeExpired.run(nowMs);
    estimatedBytes = bytes();
    while (estimatedBytes > bytesMax) {
      removeOldest.run();
      estimatedBytes = bytes();
    }
  };

  return {
    async augmentations(keys, nowMs, ttlMs) {
      const found = keys.map((key) => valueOf(key, nowMs));
      // Extended only after an eighth of `ttlMs`, so that most turns write nothing.
      const endMs = nowMs + ttlMs;
      for (const [at, key] of keys.entries()) {
        if (found[at] !== undefined) extend.run(endMs, key, endMs - ttlMs / 8);
      }
      return found;
    },
    async saveAugmentation(key, value, { nowMs, ttlMs, instead }) {
      return transaction(database, () => {
        const existing = valueOf(key, nowMs);
        if (existing !== undefined && existing !== instead) return existing;
        put.run(key, nowMs + ttlMs, value);
        makeSpace(value, nowMs);
        return value;
      });
    },
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}
