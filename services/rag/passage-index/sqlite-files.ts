// Files of the embedded index: one SQLite database per collection, in write-ahead mode so that searches
// continue while a document is written.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openDatabase } from '../../../shared/store/embedded-database.ts';
import { ANALYZER_VERSION } from './analyzer.ts';
import { keyOf } from './stored-passage.ts';

/** Version of the tables and of their terms. */
const LAYOUT = 200 + ANALYZER_VERSION;
/** How long a writer waits for another writer's document. */
const WRITE_WAIT_MS = 30_000;
/** Collections whose file one thread keeps open; three descriptors each. */
export const OPEN_FILES_MAX = 64;

/** Our terms are separated by spaces. Deleted rows leave the index immediately. */
export const WORD_TABLES = `
  CREATE VIRTUAL TABLE words USING fts5 (terms, tokenize = "ascii tokenchars '_.-+#'");
  CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
  INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
`;

/** Document numbers are never reused, so caches detect a replaced document by its number. */
const TABLES = `
  CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    about TEXT NOT NULL
  ) STRICT;
  CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    position INTEGER NOT NULL,
    shown TEXT NOT NULL,
    UNIQUE (document, position)
  ) STRICT;
  CREATE TABLE vectors (
    passage INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    dimensions INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX vectors_by_document ON vectors (document);
`;

/** An open database with its prepared statements. */
export class CollectionFile implements Disposable {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.database = openDatabase(path, WRITE_WAIT_MS);
    this.database.exec('PRAGMA secure_delete = ON');
  }

  prepare(sql: string): StatementSync {
    const prepared = this.#statements.get(sql);
    if (prepared) return prepared;
    const statement = this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Runs `run` in one transaction; its reads see one snapshot. */
  transaction<T>(kind: 'read' | 'write', run: () => T): T {
    this.database.exec(kind === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE');
    try {
      const result = run();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close();
  }
}

/** Keeps the most recently used files open. */
export class CollectionFiles implements Disposable {
  readonly #directory: string;
  readonly #open = new Map<string, CollectionFile>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `undefined` for a collection that was never written. */
  existing(collection: string): CollectionFile | undefined {
    const path = this.#path(collection);
    return this.#open.has(path) || existsSync(path) ? this.#opened(path) : undefined;
  }

  created(collection: string): CollectionFile {
    return this.#opened(this.#path(collection));
  }

  [Symbol.dispose](): void {
    for (const file of this.#open.values()) file[Symbol.dispose]();
    this.#open.clear();
  }

  #path(collection: string): string {
    return join(this.#directory, `${keyOf(collection)}.db`);
  }

  #opened(path: string): CollectionFile {
    const file = this.#open.get(path) ?? openFile(path);
    this.#open.delete(path);
    this.#open.set(path, file);
    for (const [oldest, leastRecent] of this.#open) {
      if (this.#open.size <= OPEN_FILES_MAX) break;
      leastRecent[Symbol.dispose]();
      this.#open.delete(oldest);
    }
    return file;
  }
}

function openFile(path: string): CollectionFile {
  const file = new CollectionFile(path);
  try {
    if (layoutOf(file) === 0) file.transaction('write', () => prepareTables(file));
    const layout = layoutOf(file);
    if (layout === LAYOUT) return file;
    throw new Error(
      `${path} has layout ${layout}, but this version needs ${LAYOUT}: move the file away and index its documents again`,
    );
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

/** Another process may have created them first; the write lock is held here. */
function prepareTables(file: CollectionFile): void {
  if (layoutOf(file) !== 0) return;
  file.database.exec(`${TABLES} ${WORD_TABLES} PRAGMA user_version = ${LAYOUT};`);
}

function layoutOf(file: CollectionFile): number {
  return Number(file.database.prepare('PRAGMA user_version').get()?.['user_version']);
}
