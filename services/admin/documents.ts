// The life of a document: sent, shown, indexed anew, removed. What takes time is a job for whoever
// searches documents; one job for a document at a time, so that versions keep their order.

import { hash } from 'node:crypto';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { Collections, DocumentRecord } from '../../shared/retrieval/collections.ts';
import {
  documentIdOf,
  documentJobId,
  type DocumentJob,
} from '../../shared/retrieval/document-jobs.ts';
import { LlmpError } from '../../shared/errors.ts';
import { limits } from '../../shared/limits.ts';
import type { JobStatus, Queue } from '../../shared/queue/queue.ts';
import { answered } from './store-errors.ts';
import { readDocumentName, readPageInput } from './collection-input.ts';
import { present, type PageView } from './collections.ts';

export interface DocumentServicePorts {
  readonly store: Collections;
  /** Opened when something is to be done. */
  readonly queue: () => Promise<Queue>;
  readonly clock: Clock;
}

export interface DocumentView {
  readonly id: string;
  readonly collection: string;
  readonly name: string;
  readonly state: string;
  /** 0 to 1 while it is worked on. */
  readonly progress: number | null;
  readonly error: string | null;
  readonly bytes: number;
  readonly passages: number | null;
  /** Passages left out as they try to give orders to the model. */
  readonly withheld: number | null;
  readonly created_at: string;
  readonly indexed_at: string | null;
}

export interface FailedJobView {
  readonly collection: string;
  readonly document: string | null;
  readonly attempts: number;
  readonly error: string | null;
}

/** All throw `invalid_request` and, for what is not there, `not_found`. */
export interface DocumentService {
  /**
   * Puts a file into a collection, in place of the one of that name. `isNew` is false where it is there
   * already, byte for byte, and in the index in use. Throws `conflict` while an older version is being worked on.
   */
  put(
    collection: string,
    name: unknown,
    bytes: Uint8Array,
  ): Promise<{ readonly view: DocumentView; readonly isNew: boolean }>;
  list(collection: string, input: unknown): Promise<PageView<DocumentView>>;
  show(collection: string, id: string): Promise<DocumentView>;
  /** It is found until its job is done, a moment later. */
  remove(collection: string, id: string): Promise<DocumentView>;
  /** Once more by the rules and the model of today; one that failed is tried again. */
  reindex(collection: string, id: string): Promise<DocumentView>;
  /** All that are ready, and all that failed and can be tried again; `refused` are the others. */
  reindexAll(collection: string): Promise<{ readonly documents: number; readonly refused: number }>;
  /** What was tried in vain until nobody tries any more, the oldest first. */
  failed(): Promise<readonly FailedJobView[]>;
}

/** While another job of the document ends: most take a moment. */
const TRIES = 10;
const PAUSE_MS = 200;
const PAGE = 500;
const FAILED_MAX = 100;

export function createDocumentService({
  store,
  queue,
  clock,
}: DocumentServicePorts): DocumentService {
  /** False where a job of the document is still being worked on. */
  async function added(job: DocumentJob & { document: string }, bytes?: Uint8Array) {
    const jobs = await answered(queue());
    const id = documentJobId(job.collection, job.document);
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (tries > 0) await pause(clock, PAUSE_MS);
      if (await answered(jobs.add({ id, data: job, ...(bytes ? { bytes } : {}) }))) return true;
    }
    return false;
  }

  /** Writes `next` and adds its job; what was there before comes back when that cannot be. */
  async function changed(
    before: DocumentRecord | undefined,
    next: DocumentRecord,
    job: DocumentJob & { document: string },
    bytes?: Uint8Array,
  ): Promise<void> {
    const { collection, id } = next;
    const putBack = () =>
      before ? store.putDocument(before) : store.deleteDocument(collection, id);
    await answered(store.putDocument(next));
    let isAdded: boolean;
    try {
      isAdded = await added(job, bytes);
    } catch (error) {
      await answered(putBack());
      throw error;
    }
    if (isAdded) return;
    await answered(putBack());
    throw new LlmpError('conflict', 'The document is being indexed; try again when it is.');
  }

  async function found(collection: string, id: string): Promise<DocumentRecord> {
    const record = await answered(store.document(collection, id));
    if (!record) throw new LlmpError('not_found', 'There is no such document.');
    return record;
  }

  async function reindex(record: DocumentRecord): Promise<DocumentRecord> {
    const { collection, id } = record;
    if (record.missing) throw new LlmpError('conflict', record.error, { retry: false });
    if (record.state === 'failed') {
      const jobs = await answered(queue());
      if (!(await answered(jobs.retry(documentJobId(collection, id))))) {
        throw new LlmpError('conflict', 'The file is not kept any more; send it again.', {
          retry: false,
        });
      }
      const { error: _error, ...rest } = record;
      const waiting: DocumentRecord = { ...rest, state: 'waiting' };
      await answered(store.updateDocument(collection, id, () => waiting));
      return waiting;
    }
    const job = { kind: 'reindex', collection, document: id } as const;
    if (record.state === 'ready') await changed(record, { ...record, state: 'waiting' }, job);
    return await found(collection, id);
  }

  return {
    async put(collection, named, bytes) {
      const { name } = readDocumentName({ name: named });
      if (bytes.byteLength === 0) throw new LlmpError('invalid_request', 'body: has no bytes');
      if (bytes.byteLength > limits.documents.bytesMax) throw new LlmpError('request_too_large');
      await present(store, collection);
      const id = documentIdOf(name);
      const digest = hash('sha256', bytes, 'hex');
      const before = await answered(store.document(collection, id));
      const isThere = before?.hash === digest && !['failed', 'removing'].includes(before.state);
      if (before && isThere) return { view: viewOf(before), isNew: false };
      const next: DocumentRecord = {
        collection,
        id,
        name,
        hash: digest,
        bytes: bytes.byteLength,
        state: 'waiting',
        createdAt: clock.now(),
        // The index holds what was there before until the new one is read.
        ...(before?.revision === undefined ? {} : { revision: before.revision }),
      };
      await changed(before, next, { kind: 'index', collection, document: id, hash: digest }, bytes);
      return { view: viewOf(next), isNew: true };
    },

    async list(collection, input) {
      const { limit, ...from } = readPageInput(input);
      await present(store, collection);
      const records = await answered(
        store.listDocuments(collection, { ...from, limit: limit + 1 }),
      );
      const data = records.slice(0, limit).map(viewOf);
      return { data, has_more: records.length > limit, last_id: data.at(-1)?.id ?? null };
    },

    show: async (collection, id) => viewOf(await found(collection, id)),

    async remove(collection, id) {
      const before = await found(collection, id);
      const next: DocumentRecord = { ...before, state: 'removing' };
      await changed(before, next, { kind: 'remove', collection, document: id });
      return viewOf(next);
    },

    reindex: async (collection, id) => viewOf(await reindex(await found(collection, id))),

    async reindexAll(collection) {
      await present(store, collection);
      let count = 0;
      let refused = 0;
      let after = '';
      for (;;) {
        const records = await answered(store.listDocuments(collection, { after, limit: PAGE }));
        for (const record of records) {
          const done = await reindex(record).catch((error: unknown) => {
            // Its file is gone, or it is worked on just now: the others go on.
            if (LlmpError.from(error).code !== 'conflict') throw error;
          });
          if (done) count += 1;
          else refused += 1;
        }
        if (records.length < PAGE) return { documents: count, refused };
        after = records.at(-1)?.id ?? '';
      }
    },

    async failed() {
      const jobs = await answered((await answered(queue())).failed(FAILED_MAX));
      return jobs.map(failedView);
    },
  };
}

function failedView({ data, attempts, error }: JobStatus): FailedJobView {
  const { collection, document } = data;
  return {
    collection: String(collection),
    document: document === undefined ? null : String(document),
    attempts,
    error: error ?? null,
  };
}

function viewOf(record: DocumentRecord): DocumentView {
  // No passages are there, however many there were.
  const { passages, withheld } = record.missing ? {} : record;
  return {
    id: record.id,
    collection: record.collection,
    name: record.name,
    state: record.state,
    progress: record.progress ?? null,
    error: record.error ?? null,
    bytes: record.bytes,
    passages: passages ?? null,
    withheld: withheld ?? null,
    created_at: new Date(record.createdAt).toISOString(),
    indexed_at: record.indexedAt === undefined ? null : new Date(record.indexedAt).toISOString(),
  };
}
