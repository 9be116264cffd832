// What was put into conversations, in a file of its own. What is over, and what is more than fits, goes
// when something comes: the conversation that was continued least lately first.

import { join } from 'node:path';
import type { Augmentations } from '../retrieval/augmentations.ts';
import { limits } from '../limits.ts';
import { openDatabase } from './embedded-database.ts';
import { transaction } from './embedded-transaction.ts';

export interface EmbeddedAugmentations extends Augmentations, Disposable {}

/** `bytesMax` is of all values together, in UTF-16 units. */
export function openEmbeddedAugmentations(
  directory: string,
  bytesMax: number,
): EmbeddedAugmentations {
  const database = openDatabase(join(directory, 'injections.db'), limits.lockWaitMs);
  database.exec(`
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS injections (
      key TEXT PRIMARY KEY, expires_at REAL NOT NULL, value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS injections_by_end ON injections (expires_at);
  `);
  const find = database.prepare('SELECT value FROM injections WHERE key = ? AND expires_at > ?');
  const prolong = database.prepare(
    'UPDATE injections SET expires_at = ? WHERE key = ? AND expires_at < ?',
  );
  const put = database.prepare('INSERT OR REPLACE INTO injections VALUES (?, ?, ?)');
  const forget = database.prepare('DELETE FROM injections WHERE expires_at <= ?');
  const size = database.prepare('SELECT total(length(value)) AS bytes FROM injections');
  const oldest = database.prepare(
    'DELETE FROM injections WHERE key IN (SELECT key FROM injections ORDER BY expires_at LIMIT 100)',
  );
  const bytes = () => Number(size.get()?.['bytes'] ?? 0);
  let known = bytes();

  const kept = (key: string, nowMs: number) => {
    const row = find.get(key, nowMs);
    return row && String(row['value']);
  };
  const makeSpace = (value: string, nowMs: number) => {
    // Counted anew only where it could be too much: all rows have to be read for it.
    known += value.length;
    if (known <= bytesMax) return;
    forget.run(nowMs);
    known = bytes();
    while (known > bytesMax) {
      oldest.run();
      known = bytes();
    }
  };

  return {
    async augmentations(keys, nowMs, ttlMs) {
      const found = keys.map((key) => kept(key, nowMs));
      // Written seldom: a conversation goes on for hours, and an entry lives for days.
      const endMs = nowMs + ttlMs;
      for (const [at, key] of keys.entries()) {
        if (found[at] !== undefined) prolong.run(endMs, key, endMs - ttlMs / 8);
      }
      return found;
    },
    async saveAugmentation(key, value, { nowMs, ttlMs, instead }) {
      return transaction(database, () => {
        const there = kept(key, nowMs);
        if (there !== undefined && there !== instead) return there;
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
