// The store in one file of the data directory, by Node's own SQLite: nothing to install or to run,
// and keys survive a restart. Write-ahead logging, so a crash loses nothing that was acknowledged.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { KeyRecord, Store } from './store.ts';

/** Opens or creates `llmp.db` in `directory`; throws when it cannot be written. */
export function openEmbeddedStore(directory: string): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'llmp.db'));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA busy_timeout = 2000;
    CREATE TABLE IF NOT EXISTS keys (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
  `);
  const select = database.prepare('SELECT id, hash, name, created_at FROM keys WHERE hash = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?)');
  const any = database.prepare('SELECT 1 FROM keys LIMIT 1');

  return {
    async keyByHash(hash): Promise<KeyRecord | undefined> {
      const row = select.get(hash);
      if (!row) return undefined;
      return {
        id: String(row['id']),
        hash: String(row['hash']),
        name: String(row['name']),
        createdAt: Number(row['created_at']),
      };
    },
    async addKey({ hash, id, name, createdAt }) {
      insert.run(hash, id, name, createdAt);
    },
    async hasKeys() {
      return any.get() !== undefined;
    },
    async ready() {
      return database.isOpen;
    },
    async [Symbol.asyncDispose]() {
      if (database.isOpen) database.close();
    },
  };
}
