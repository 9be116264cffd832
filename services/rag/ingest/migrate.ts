// Copies documents from another index into the one in use without reading or embedding them again. Safe
// to rerun after an interruption, and while a gateway changes the same collection.

import type { Collections, DocumentRecord } from '../../../shared/retrieval/collections.ts';
import type { NewPassage, PassageIndex } from '../passage-index/passage-index.ts';
import { asReady, isIndexed } from './document-state.ts';

export interface MigratePorts {
  readonly collections: Pick<Collections, 'listDocuments' | 'updateDocument' | 'touchCollection'>;
  readonly source: Pick<PassageIndex, 'document' | 'passages'>;
  readonly target: Pick<PassageIndex, 'document' | 'replace' | 'remove'>;
  /** The embedding model in use; vectors of other models are not copied. Without a model, all are. */
  readonly model: string | undefined;
}

export const MIGRATION_MESSAGES = {
  moved: 'migrated',
  wordsOnly: 'migrated without vectors, which are missing or from another model',
  there: 'already in the index in use',
  unwritten: 'not indexed yet',
  absent: 'not in the other index either: add the file again',
  changed: 'changed during the migration: run it again',
} as const;

export type MigrationResult = keyof typeof MIGRATION_MESSAGES;

const PAGE = 1_000;

/** Calls `done` for each document of a collection, in order of ids. */
export async function migrateCollection(
  ports: MigratePorts,
  collection: string,
  done: (record: DocumentRecord, migrated: MigrationResult) => void,
): Promise<void> {
  const { collections } = ports;
  try {
    for (let after = ''; ;) {
      const page = await collections.listDocuments(collection, { after, limit: PAGE });
      for (const record of page) done(record, await migrateDocument(ports, record));
      if (page.length < PAGE) return;
      after = page.at(-1)?.id ?? '';
    }
  } finally {
    // Cached search results are outdated.
    await collections.touchCollection(collection);
  }
}

async function migrateDocument(
  ports: MigratePorts,
  record: DocumentRecord,
): Promise<MigrationResult> {
  const { source, target, model } = ports;
  const { collection, id, revision } = record;
  if (revision === undefined || record.state === 'removing') return 'unwritten';
  const indexed = await target.document(collection, id);
  if (isIndexed(record, indexed)) return await confirmed(ports, record, 'there');
  const document = await source.document(collection, id);
  if (!document || !isIndexed(record, document)) return 'absent';
  const passages = await source.passages(collection, id);
  // Another process may have replaced the document in the source meanwhile.
  if (!isIndexed(record, await source.document(collection, id))) return 'changed';
  const hasVectors = model === undefined || document.model === model;
  const { model: _model, ...wordsOnly } = document;
  const isWritten = await target.replace(
    hasVectors ? document : wordsOnly,
    passages.map(({ text, headings, vector }): NewPassage => {
      return { text, headings, ...(vector && hasVectors ? { vector } : {}) };
    }),
    indexed?.revision ?? null,
  );
  if (!isWritten) return 'changed';
  return await confirmed(ports, record, hasVectors ? 'moved' : 'wordsOnly');
}

/** Undoes the copy if the document was removed or replaced meanwhile. */
async function confirmed(
  { collections, target }: MigratePorts,
  { collection, id, revision }: DocumentRecord,
  migrated: MigrationResult,
): Promise<MigrationResult> {
  const now = await collections.updateDocument(collection, id, (record) =>
    record.revision === revision && record.missing ? asReady(record) : record,
  );
  if (now && now.revision === revision && now.state !== 'removing') return migrated;
  await target.remove(collection, id, revision);
  return 'changed';
}
