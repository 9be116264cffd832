// The store in the data directory, with Node's built-in SQLite: nothing to install or run. Write-ahead
// logging, so a crash loses nothing that was acknowledged. Programs run it in a thread (threaded.ts).

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreLimits } from '../limits.ts';
import { systemClock } from '../runtime/clock.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import { openEmbeddedResponses } from './embedded-responses.ts';
import { COLLECTION_TABLES, collectionsIn, prepareCollections } from './embedded-collections.ts';
import { openEmbeddedAugmentations } from './embedded-augmentations.ts';
import { EmbeddedFile } from './embedded-file.ts';
import { openEmbeddedQuotas } from './embedded-quotas.ts';
import type { BusyOptions } from './embedded-transaction.ts';
import { readKeyRecord, readQuotaLimits } from './key-record.ts';
import { changedLimits, type LimitChanges, type QuotaLimits } from '../metering/quotas.ts';
import type { KeyPage, KeyRecord, Store } from './store.ts';

type Row = Record<string, unknown>;

/** Opens or creates the database files. @throws When one is missing and cannot be created. */
export function openEmbeddedStore(
  directory: string,
  bounds: StoreLimits,
  clock: BusyOptions['clock'] = systemClock,
): Store {
  makeFolder(directory);
  using opened = new DisposableStack();
  const busy = { clock, waitMs: bounds.commandMs };
  const file = opened.use(
    new EmbeddedFile({ ...busy, path: join(directory, 'llmp.db'), create: createTables, prepare }),
  );
  const quotas = opened.use(openEmbeddedQuotas(directory, bounds.ledger, busy));
  const responses = opened.use(openEmbeddedResponses(directory, bounds.responseBytesMax, busy));
  const augmentations = opened.use(
    openEmbeddedAugmentations(directory, bounds.augmentationBytesMax, busy),
  );
  const files = opened.move();

  return {
    keyByHash: (hash) => file.read((tables) => tables.keyByHash(hash)),
    keyById: (id) => file.read((tables) => tables.keyById(id)),
    addKey: (record) => file.write((tables) => tables.addKey(record)),
    listKeys: (page) => file.read((tables) => tables.listKeys(page)),
    updateKey: (id, change, successor) =>
      file.write((tables) => tables.updateKey(id, change, successor)),
    hasKeys: () => file.read((tables) => tables.hasKeys()),
    teamLimits: (name) => file.read((tables) => tables.teamLimits(name)),
    setTeamLimits: (name, limits) => file.write((tables) => tables.setTeamLimits(name, limits)),
    changeTeamLimits: (name, changes) =>
      file.write((tables) => tables.changeTeamLimits(name, changes)),
    limitedTeams: () => file.read((tables) => tables.limitedTeams()),
    ...quotas,
    ...responses,
    ...collectionsIn(file),
    ...augmentations,
    async ready() {
      await file.read((tables) => tables.hasKeys());
      await quotas.probe();
      return true;
    },
    async [Symbol.asyncDispose]() {
      files.dispose();
    },
  };
}

/** Databases of early versions have only the first four columns; `details` holds all other fields. */
function createTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS keys (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS keys_by_id ON keys (id);
    CREATE TABLE IF NOT EXISTS teams (name TEXT PRIMARY KEY, limits TEXT NOT NULL) STRICT;
    ${COLLECTION_TABLES}
  `);
  const columns = database.prepare('PRAGMA table_info(keys)').all();
  if (columns.some((column) => column['name'] === 'details')) return;
  database.exec(`ALTER TABLE keys ADD COLUMN details TEXT NOT NULL DEFAULT '{}'`);
}

function prepare(database: DatabaseSync) {
  const byHash = database.prepare('SELECT * FROM keys WHERE hash = ?');
  const byId = database.prepare('SELECT * FROM keys WHERE id = ? ORDER BY hash LIMIT 1');
  const page = database.prepare('SELECT * FROM keys WHERE id > ? ORDER BY id, hash LIMIT ?');
  const insert = database.prepare(
    'INSERT OR IGNORE INTO keys (hash, id, name, created_at, details) VALUES (?, ?, ?, ?, ?)',
  );
  const update = database.prepare('UPDATE keys SET name = ?, details = ? WHERE hash = ?');
  const anyKey = database.prepare('SELECT 1 FROM keys LIMIT 1');
  const team = database.prepare('SELECT limits FROM teams WHERE name = ?');
  const teams = database.prepare('SELECT name FROM teams');
  const putTeam = database.prepare('INSERT OR REPLACE INTO teams VALUES (?, ?)');

  const addKey = (record: KeyRecord): void => {
    const { hash, id, name, createdAt, ...details } = record;
    insert.run(hash, id, name, createdAt, JSON.stringify(details));
  };

  const teamLimits = (name: string): QuotaLimits | undefined => {
    const row = team.get(name);
    return row && readQuotaLimits(JSON.parse(String(row['limits'])));
  };
  const setTeamLimits = (name: string, limits: QuotaLimits): void =>
    void putTeam.run(name, JSON.stringify(limits));

  return {
    keyByHash: (hash: string) => recordOf(byHash.get(hash)),
    keyById: (id: string) => recordOf(byId.get(id)),
    addKey,
    listKeys: ({ after = '', limit }: KeyPage) =>
      page.all(after, limit).flatMap((row) => recordOf(row) ?? []),
    updateKey(id: string, change: (record: KeyRecord) => KeyRecord, successor?: KeyRecord) {
      const found = recordOf(byId.get(id));
      if (!found) return undefined;
      const changed = change(found);
      const { hash: _hash, id: _id, createdAt: _createdAt, name, ...details } = changed;
      update.run(name, JSON.stringify(details), found.hash);
      if (successor) addKey(successor);
      return changed;
    },
    hasKeys: () => anyKey.get() !== undefined,
    teamLimits,
    setTeamLimits,
    changeTeamLimits(name: string, changes: LimitChanges) {
      const limits = changedLimits(teamLimits(name) ?? {}, changes);
      setTeamLimits(name, limits);
      return limits;
    },
    limitedTeams: () => teams.all().map((row) => String(row['name'])),
    ...prepareCollections(database),
  };
}

function recordOf(row: Row | undefined): KeyRecord | undefined {
  if (!row) return undefined;
  const { hash, id, name, created_at: createdAt, details } = row;
  return readKeyRecord({ ...JSON.parse(String(details)), hash, id, name, createdAt });
}
