// The store in the data directory, with Node's built-in SQLite: nothing to install or run. Write-ahead
// logging, so a crash loses nothing that was acknowledged.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreLimits } from '../limits.ts';
import { openEmbeddedResponses } from './embedded-responses.ts';
import { openEmbeddedCollections } from './embedded-collections.ts';
import { openDatabase } from './embedded-database.ts';
import { openEmbeddedAugmentations } from './embedded-augmentations.ts';
import { openEmbeddedQuotas } from './embedded-quotas.ts';
import { transaction } from './embedded-transaction.ts';
import { readKeyRecord, readQuotaLimits } from './key-record.ts';
import type { KeyRecord, Store } from './store.ts';

export type EmbeddedStoreLimits = Omit<StoreLimits, 'commandMs'>;

type Row = Record<string, unknown>;

/** Opens or creates the database files. @throws When `directory` is not writable. */
export function openEmbeddedStore(directory: string, bounds: EmbeddedStoreLimits): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openDatabase(join(directory, 'llmp.db'));
  transaction(database, () => prepareTables(database));
  const byHash = database.prepare('SELECT * FROM keys WHERE hash = ?');
  const byId = database.prepare('SELECT * FROM keys WHERE id = ? ORDER BY hash LIMIT 1');
  const page = database.prepare('SELECT * FROM keys WHERE id > ? ORDER BY id, hash LIMIT ?');
  const insert = database.prepare(
    'INSERT OR IGNORE INTO keys (hash, id, name, created_at, details) VALUES (?, ?, ?, ?, ?)',
  );
  const update = database.prepare('UPDATE keys SET name = ?, details = ? WHERE hash = ?');
  const anyKey = database.prepare('SELECT 1 FROM keys LIMIT 1');
  const team = database.prepare('SELECT limits FROM teams WHERE name = ?');
  const putTeam = database.prepare('INSERT OR REPLACE INTO teams VALUES (?, ?)');
  const quotas = openEmbeddedQuotas(directory, bounds.ledger);
  const responses = openEmbeddedResponses(directory, bounds.responseBytesMax);
  const augmentations = openEmbeddedAugmentations(directory, bounds.augmentationBytesMax);

  const add = (record: KeyRecord) => {
    const { hash, id, name, createdAt, ...details } = record;
    insert.run(hash, id, name, createdAt, JSON.stringify(details));
  };

  return {
    async keyByHash(hash) {
      return recordOf(byHash.get(hash));
    },
    async keyById(id) {
      return recordOf(byId.get(id));
    },
    async addKey(record) {
      add(record);
    },
    async listKeys({ after = '', limit }) {
      return page.all(after, limit).flatMap((row) => recordOf(row) ?? []);
    },
    async updateKey(id, change, successor) {
      return transaction(database, () => {
        const found = recordOf(byId.get(id));
        if (!found) return undefined;
        const changed = change(found);
        const { hash: _hash, id: _id, createdAt: _createdAt, name, ...details } = changed;
        update.run(name, JSON.stringify(details), found.hash);
        if (successor) add(successor);
        return changed;
      });
    },
    async hasKeys() {
      return anyKey.get() !== undefined;
    },
    async teamLimits(name) {
      const row = team.get(name);
      return row && readQuotaLimits(JSON.parse(String(row['limits'])));
    },
    async setTeamLimits(name, limits) {
      putTeam.run(name, JSON.stringify(limits));
    },
    ...quotas,
    ...responses,
    ...openEmbeddedCollections(database),
    ...augmentations,
    async ready() {
      return database.isOpen;
    },
    async [Symbol.asyncDispose]() {
      quotas[Symbol.dispose]();
      responses[Symbol.dispose]();
      augmentations[Symbol.dispose]();
      if (database.isOpen) database.close();
    },
  };
}

/** Databases of early versions have only the first four columns; `details` holds all other fields. */
function prepareTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS keys (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS keys_by_id ON keys (id);
    CREATE TABLE IF NOT EXISTS teams (name TEXT PRIMARY KEY, limits TEXT NOT NULL) STRICT;
  `);
  const columns = database.prepare('PRAGMA table_info(keys)').all();
  if (columns.some((column) => column['name'] === 'details')) return;
  database.exec(`ALTER TABLE keys ADD COLUMN details TEXT NOT NULL DEFAULT '{}'`);
}

function recordOf(row: Row | undefined): KeyRecord | undefined {
  if (!row) return undefined;
  const { hash, id, name, created_at: createdAt, details } = row;
  return readKeyRecord({ ...JSON.parse(String(details)), hash, id, name, createdAt });
}
