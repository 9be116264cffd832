// Saved augmentations in their own SQLite file. Each write may evict expired entries and then those of
// the least recently continued conversations.

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Augmentations, SaveOptions } from '../retrieval/augmentations.ts';
import { EmbeddedFile } from './embedded-file.ts';
import type { BusyOptions } from './embedded-transaction.ts';

export interface EmbeddedAugmentations extends Augmentations, Disposable {}

const TABLES = `
  CREATE TABLE IF NOT EXISTS augmentations (
    key TEXT PRIMARY KEY, expires_at REAL NOT NULL, value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS augmentations_by_end ON augmentations (expires_at);
`;

/** @param bytesMax Total length of all values, in UTF-16 code units. */
export function openEmbeddedAugmentations(
  directory: string,
  bytesMax: number,
  busy: BusyOptions,
): EmbeddedAugmentations {
  const file = new EmbeddedFile({
    ...busy,
    path: join(directory, 'augmentations.db'),
    pragmas: 'PRAGMA synchronous = NORMAL',
    create: (database) => database.exec(TABLES),
    prepare: (database) => prepareTables(database, bytesMax),
  });
  return {
    async augmentations(keys, nowMs, ttlMs) {
      const { found, aging } = await file.read((tables) => tables.find(keys, nowMs, ttlMs));
      // On a full disk, what was found still serves this turn; the next one extends it.
      if (aging.length > 0)
        await file.write((tables) => tables.extend(aging, nowMs + ttlMs)).catch(() => undefined);
      return found;
    },
    saveAugmentation: (key, value, options) =>
      file.write((tables) => tables.save(key, value, options)),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function prepareTables(database: DatabaseSync, bytesMax: number) {
  const select = database.prepare(
    'SELECT value, expires_at FROM augmentations WHERE key = ? AND expires_at > ?',
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
    /** `aging`: keys to extend; only after an eighth of `ttlMs`, so that most turns write nothing. */
    find(keys: readonly string[], nowMs: number, ttlMs: number) {
      const rows = keys.map((key) => select.get(key, nowMs));
      const aging = keys.filter((_key, at) => {
        return Number(rows[at]?.['expires_at'] ?? Infinity) < nowMs + ttlMs - ttlMs / 8;
      });
      return { found: rows.map((row) => row && String(row['value'])), aging };
    },
    extend(keys: readonly string[], endMs: number): void {
      for (const key of keys) extend.run(endMs, key, endMs);
    },
    save(key: string, value: string, { nowMs, ttlMs, instead }: SaveOptions): string {
      const existing = valueOf(key, nowMs);
      if (existing !== undefined && existing !== instead) return existing;
      put.run(key, nowMs + ttlMs, value);
      makeSpace(value, nowMs);
      return value;
    },
  };
}
