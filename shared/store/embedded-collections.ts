// Collections and documents in SQLite, each as JSON text beside the columns it is looked up by.

import type { DatabaseSync } from 'node:sqlite';
import type {
  CollectionRecord,
  Collections,
  DocumentRecord,
  NamePage,
} from '../retrieval/collections.ts';
import { readCollectionRecord, readDocumentRecord } from './collection-record.ts';
import type { EmbeddedFile } from './embedded-file.ts';

type Row = Record<string, unknown>;

export const COLLECTION_TABLES = `
  CREATE TABLE IF NOT EXISTS collections (
    name TEXT PRIMARY KEY, revision INTEGER NOT NULL, record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID;
`;

export type EmbeddedCollections = ReturnType<typeof prepareCollections>;

export function collectionsIn(file: EmbeddedFile<EmbeddedCollections>): Collections {
  return {
    collection: (name) => file.read((tables) => tables.collection(name)),
    listCollections: (page) => file.read((tables) => tables.listCollections(page)),
    putCollection: (record) => file.write((tables) => tables.putCollection(record)),
    touchCollection: (name) => file.write((tables) => tables.touchCollection(name)),
    deleteCollection: (name) => file.write((tables) => tables.deleteCollection(name)),
    document: (collection, id) => file.read((tables) => tables.document(collection, id)),
    listDocuments: (collection, page) =>
      file.read((tables) => tables.listDocuments(collection, page)),
    putDocument: (record) => file.write((tables) => tables.putDocument(record)),
    updateDocument: (collection, id, change) =>
      file.write((tables) => tables.updateDocument(collection, id, change)),
    deleteDocument: (collection, id) =>
      file.write((tables) => tables.deleteDocument(collection, id)),
  };
}

export function prepareCollections(database: DatabaseSync) {
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
    collection(name: string) {
      const row = select.get(name);
      return row && collectionOf(row);
    },
    listCollections: ({ after = '', limit }: NamePage) => page.all(after, limit).map(collectionOf),
    putCollection({ revision, ...record }: CollectionRecord): void {
      put.run(record.name, revision, JSON.stringify(record));
    },
    touchCollection: (name: string) => void touch.run(name),
    deleteCollection(name: string): void {
      remove.run(name);
      removeAllDocuments.run(name);
    },
    document(collection: string, id: string) {
      const row = document.get(collection, id);
      return row && documentOf(row);
    },
    listDocuments: (collection: string, { after = '', limit }: NamePage) =>
      documents.all(collection, after, limit).map(documentOf),
    putDocument: (record: DocumentRecord) => void store(record),
    updateDocument(
      collection: string,
      id: string,
      change: (record: DocumentRecord) => DocumentRecord,
    ) {
      const row = document.get(collection, id);
      if (!row) return undefined;
      const changed = change(documentOf(row));
      store(changed);
      return changed;
    },
    deleteDocument: (collection: string, id: string) => void removeDocument.run(collection, id),
  };
}

function collectionOf({ record, revision }: Row) {
  return readCollectionRecord({ ...JSON.parse(String(record)), revision });
}

function documentOf({ record }: Row) {
  return readDocumentRecord(JSON.parse(String(record)));
}
