// Writes to the embedded index, one transaction per document, so neither readers nor a killed process
// see half of one.

import type { IndexedDocument, NewPassage } from './passage-index.ts';
import { WORD_TABLES, type CollectionFile, type CollectionFiles } from './sqlite-files.ts';
import { documentOf } from './sqlite-read.ts';
import {
  checkVector,
  keyOf,
  searchedTerms,
  encodeDocument,
  encodePassage,
} from './stored-passage.ts';

/** Table values of one passage, computed before the lock is taken. */
interface PassageRow {
  readonly shown: string;
  readonly terms: string;
  readonly vector: Float32Array | undefined;
}

export function replace(
  files: CollectionFiles,
  document: IndexedDocument,
  passages: readonly NewPassage[],
  over?: string | null,
): boolean {
  const rows = passages.map((passage): PassageRow => {
    if (passage.vector) checkVector(passage.vector);
    const terms = searchedTerms(document, passage).join(' ');
    return { shown: encodePassage(document, passage), terms, vector: passage.vector };
  });
  const file = files.created(document.collection);
  return file.transaction('write', () => {
    const { collection, id } = document;
    if (over !== undefined && revisionOf(files, collection, id) !== over) return false;
    deleteDocument(file, id);
    const { lastInsertRowid } = file
      .prepare('INSERT INTO documents (key, about) VALUES (?, ?)')
      .run(keyOf(id), encodeDocument(document));
    const number = Number(lastInsertRowid);
    for (const [position, row] of rows.entries()) insertPassage(file, number, position, row);
    return true;
  });
}

export function remove(
  files: CollectionFiles,
  collection: string,
  documentId: string,
  revision?: string,
): void {
  const file = files.existing(collection);
  if (!file) return;
  file.transaction('write', () => {
    const isOther =
      revision !== undefined && revisionOf(files, collection, documentId) !== revision;
    if (!isOther) deleteDocument(file, documentId);
  });
  truncateLog(file);
}

/** Empties the file but keeps it: other processes may have it open, and writes to a deleted file are lost. */
export function drop(files: CollectionFiles, collection: string): void {
  const file = files.existing(collection);
  if (!file) return;
  file.transaction('write', () => {
    for (const table of ['documents', 'passages', 'vectors']) {
      file.database.exec(`DELETE FROM ${table}`);
    }
    // Recreated, because deleting rows would look up every word of every passage.
    file.database.exec(`DROP TABLE vocabulary; DROP TABLE words; ${WORD_TABLES}`);
  });
  file.database.exec('VACUUM');
  truncateLog(file);
}

/** Truncates the write-ahead log, which still holds deleted data; waits for running searches. */
function truncateLog(file: CollectionFile): void {
  file.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
}

function revisionOf(files: CollectionFiles, collection: string, id: string): string | null {
  return documentOf(files, collection, id)?.revision ?? null;
}

function insertPassage(
  file: CollectionFile,
  document: number,
  position: number,
  row: PassageRow,
): void {
  const { lastInsertRowid: number } = file
    .prepare('INSERT INTO passages (document, position, shown) VALUES (?, ?, ?)')
    .run(document, position, row.shown);
  file.prepare('INSERT INTO words (rowid, terms) VALUES (?, ?)').run(number, row.terms);
  if (!row.vector) return;
  const { buffer, byteOffset, byteLength, length } = row.vector;
  file
    .prepare('INSERT INTO vectors VALUES (?, ?, ?, ?)')
    .run(number, document, length, new Uint8Array(buffer, byteOffset, byteLength));
}

function deleteDocument(file: CollectionFile, documentId: string): void {
  const key = keyOf(documentId);
  const found = file.prepare('SELECT number FROM documents WHERE key = ?').get(key);
  if (!found) return;
  const number = Number(found['number']);
  file
    .prepare('DELETE FROM words WHERE rowid IN (SELECT number FROM passages WHERE document = ?)')
    .run(number);
  file.prepare('DELETE FROM vectors WHERE document = ?').run(number);
  file.prepare('DELETE FROM passages WHERE document = ?').run(number);
  file.prepare('DELETE FROM documents WHERE number = ?').run(number);
}
