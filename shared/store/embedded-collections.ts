// Collections and documents in SQLite, each as JSON text beside the columns it is looked up by.

import type { DatabaseSync } from 'node:sqlite';
import type { Collections, DocumentRecord } from '../retrieval/collections.ts';
import { readCollectionRecord, readDocumentRecord } from './collection-record.ts';
import { transaction } from './embedded-transaction.ts';

type Row = Record<string, unknown>;

export function openEmbeddedCollections(database: DatabaseSync): Collections {
  database.exec(`
    CREATE TABLE IF NOT EXISTS collections (
      name TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS documents (
      collection TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (collection, id)
    ) STRICT, WITHOUT ROWID;
  `);
  const select = database.prepare('SELECT * FROM collections WHERE name = ?');
  const page = database.prepare('SELECT * FROM collections WHERE name > ? ORDER BY name LIMIT ?');
  const put = database.prepare(
    'INSERT INTO collections VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record',
  );
  const touch = database.prepare('UPDATE collections SET revision = revision + 1 WHERE name = ?');
  const remove = database.prepare('DELETE FROM collections WHERE name = ?');
  const removeAllDocuments = database.prepare('DELETE FROM documents WHERE collection = ?');
  const document = database.prepare('SELECT * FROM documents WHERE collection = ? AND id = ?');
  const documents = database.prepare(
    'SELECT * FROM documents WHERE collection = ? AND id > ? ORDER BY id LIMIT ?',
  );
  const putDocument = database.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?)');
  const removeDocument = database.prepare('DELETE FROM documents WHERE collection = ? AND id = ?');
  const store = (record: DocumentRecord) =>
    putDocument.run(record.collection, record.id, JSON.stringify(record));

  return {
    async collection(name) {
      const row = select.get(name);
      return row && collectionOf(row);
    },
    async listCollections({ after = '', limit }) {
      return page.all(after, limit).map(collectionOf);
    },
    async putCollection({ revision, ...record }) {
      put.run(record.name, revision, JSON.stringify(record));
    },
    async touchCollection(name) {
      touch.run(name);
    },
    async deleteCollection(name) {
      transaction(database, () => {
        remove.run(name);
        removeAllDocuments.run(name);
      });
    },
    async document(collection, id) {
      const row = document.get(collection, id);
      return row && documentOf(row);
    },
    async listDocuments(collection, { after = '', limit }) {
      return documents.all(collection, after, limit).map(documentOf);
    },
    async putDocument(record) {
      store(record);
    },
    async updateDocument(collection, id, change) {
      return transaction(database, () => {
        const row = document.get(collection, id);
        if (!row) return undefined;
        const changed = change(documentOf(row));
        store(changed);
        return changed;
      });
    },
    async deleteDocument(collection, id) {
      removeDocument.run(collection, id);
    },
  };
}

function collectionOf({ record, revision }: Row) {
  return readCollectionRecord({ ...JSON.parse(String(record)), revision });
}

function documentOf({ record }: Row) {
  return readDocumentRecord(JSON.parse(String(record)));
}
