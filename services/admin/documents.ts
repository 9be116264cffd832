// Uploads, lists, reindexes and removes documents. The rag worker does the work as jobs, one per document
// at a time, so that versions keep their order.

import { hash } from 'node:crypto';
import { pause, type Clock } from '../../shared/runtime/clock.ts';
import type { Collections, DocumentRecord } from '../../shared/retrieval/collections.ts';
import {
  documentIdOf,
  documentJobId,
  type DocumentJob,
} from '../../shared/retrieval/document-jobs.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { DocumentLimits } from '../../shared/limits.ts';
import type { JobStatus, Queue } from '../../shared/queue/queue.ts';
import { openWithStoreErrors, withStoreErrors } from './store-errors.ts';
import { readDocumentName, readPageInput } from './collection-input.ts';
import { absence } from './find-key.ts';
import { requireCollection, type PageView } from './collections.ts';

export interface DocumentServicePorts {
  readonly store: Collections;
  /** Opens the queue when an operation needs it. */
  readonly queue: () => Promise<Queue>;
  readonly clock: Clock;
  readonly limits: Pick<DocumentLimits, 'bytesMax'>;
}

export interface DocumentView {
  readonly id: string;
  readonly collection: string;
  readonly name: string;
  readonly state: string;
  /** 0 to 1 while it is being indexed. */
  readonly progress: number | null;
  readonly error: string | null;
  readonly bytes: number;
  readonly passages: number | null;
  /** Passages left out because they contain instructions to the model. */
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

/** Methods throw `invalid_request`, and `not_found` for an unknown collection or document. */
export interface DocumentService {
  /**
   * Adds a file or replaces the one with this name. `isNew` is false when the same bytes are already there.
   * @throws `conflict` while an older version is being processed.
   */
  put(
    collection: string,
    name: unknown,
    bytes: Uint8Array,
  ): Promise<{ readonly view: DocumentView; readonly isNew: boolean }>;
  list(collection: string, input: unknown): Promise<PageView<DocumentView>>;
  show(collection: string, id: string): Promise<DocumentView>;
  /** The document stays searchable until the job has run. */
  remove(collection: string, id: string): Promise<DocumentView>;
  /** Indexes again with the current rules and model, or retries a failed document. */
  reindex(collection: string, id: string): Promise<DocumentView>;
  /** Reindexes all ready documents and retries failed ones; `refused` counts those where that is impossible. */
  reindexAll(collection: string): Promise<{ readonly documents: number; readonly refused: number }>;
  /** Permanently failed jobs, oldest first. */
  failed(): Promise<readonly FailedJobView[]>;
}

/** Attempts to add a job while another one of the document is running. */
const ADD_ATTEMPTS = 10;
const RETRY_DELAY_MS = 200;
const PAGE_SIZE = 500;
const FAILED_MAX = 100;

export function createDocumentService(ports: DocumentServicePorts): DocumentService {
  const { clock } = ports;
  const store = withStoreErrors(ports.store);
  const openQueue = openWithStoreErrors(ports.queue);

  /** @returns False when another job of the document does not end in time. */
  async function addJob(job: DocumentJob & { document: string }, bytes?: Uint8Array) {
    const queue = await openQueue();
    const id = documentJobId(job.collection, job.document);
    for (let attempts = 0; attempts < ADD_ATTEMPTS; attempts += 1) {
      if (attempts > 0) await pause(clock, RETRY_DELAY_MS);
      if (await queue.add({ id, data: job, ...(bytes ? { bytes } : {}) })) return true;
    }
    return false;
  }

  /** Writes `next` and adds its job; restores `before` when the job cannot be added. */
  async function writeWithJob(
    before: DocumentRecord | undefined,
    next: DocumentRecord,
    job: DocumentJob & { document: string },
    bytes?: Uint8Array,
  ): Promise<void> {
    const { collection, id } = next;
    const restore = () =>
      before ? store.putDocument(before) : store.deleteDocument(collection, id);
    await store.putDocument(next);
    let isAdded: boolean;
    try {
      isAdded = await addJob(job, bytes);
    } catch (error) {
      await restore();
      throw error;
    }
    if (isAdded) return;
    await restore();
    throw new LlmpError('conflict', 'The document is being indexed; try again later.');
  }

  /** By its id or its name. */
  async function requireDocument(collection: string, id: string): Promise<DocumentRecord> {
    const record =
      (await store.document(collection, id)) ??
      (await store.document(collection, documentIdOf(id)));
    if (!record) throw new LlmpError('not_found', absence('document', id, []));
    return record;
  }

  async function reindex(record: DocumentRecord): Promise<DocumentRecord> {
    const { collection, id } = record;
    if (record.missing) throw new LlmpError('conflict', record.error, { retry: false });
    if (record.state === 'failed') {
      const queue = await openQueue();
      if (!(await queue.retry(documentJobId(collection, id)))) {
        throw new LlmpError('conflict', 'The file is no longer available; upload it again.', {
          retry: false,
        });
      }
      const { error: _error, ...rest } = record;
      const waiting: DocumentRecord = { ...rest, state: 'waiting' };
      await store.updateDocument(collection, id, () => waiting);
      return waiting;
    }
    const job = { kind: 'reindex', collection, document: id } as const;
    if (record.state === 'ready') await writeWithJob(record, { ...record, state: 'waiting' }, job);
    return await requireDocument(collection, id);
  }

  return {
    async put(collection, nameInput, bytes) {
      const { name } = readDocumentName({ name: nameInput });
      if (bytes.byteLength === 0) throw new LlmpError('invalid_request', 'body: must not be empty');
      const { bytesMax } = ports.limits;
      if (bytes.byteLength > bytesMax) {
        const sent = `The document is larger than allowed: it may have ${bytesMax} bytes, and has ${bytes.byteLength}.`;
        throw new LlmpError('request_too_large', sent);
      }
      await requireCollection(store, collection);
      const id = documentIdOf(name);
      const digest = hash('sha256', bytes, 'hex');
      const before = await store.document(collection, id);
      const isSame = before?.hash === digest && !['failed', 'removing'].includes(before.state);
      if (before && isSame) return { view: viewOf(before), isNew: false };
      const next: DocumentRecord = {
        collection,
        id,
        name,
        hash: digest,
        bytes: bytes.byteLength,
        state: 'waiting',
        createdAt: clock.now(),
        // The index keeps the previous version until the new one is indexed.
        ...(before?.revision === undefined ? {} : { revision: before.revision }),
      };
      await writeWithJob(
        before,
        next,
        { kind: 'index', collection, document: id, hash: digest },
        bytes,
      );
      return { view: viewOf(next), isNew: true };
    },

    async list(collection, input) {
      const { limit, ...from } = readPageInput(input);
      await requireCollection(store, collection);
      const records = await store.listDocuments(collection, { ...from, limit: limit + 1 });
      const data = records.slice(0, limit).map(viewOf);
      return { data, has_more: records.length > limit, last_id: data.at(-1)?.id ?? null };
    },

    show: async (collection, id) => viewOf(await requireDocument(collection, id)),

    async remove(collection, id) {
      const before = await requireDocument(collection, id);
      const next: DocumentRecord = { ...before, state: 'removing' };
      await writeWithJob(before, next, { kind: 'remove', collection, document: id });
      return viewOf(next);
    },

    reindex: async (collection, id) => viewOf(await reindex(await requireDocument(collection, id))),

    async reindexAll(collection) {
      await requireCollection(store, collection);
      let count = 0;
      let refused = 0;
      let after = '';
      for (;;) {
        const records = await store.listDocuments(collection, { after, limit: PAGE_SIZE });
        for (const record of records) {
          const done = await reindex(record).catch((error: unknown) => {
            // The file is gone or is being indexed; continue with the others.
            if (LlmpError.from(error).code !== 'conflict') throw error;
          });
          if (done) count += 1;
          else refused += 1;
        }
        if (records.length < PAGE_SIZE) return { documents: count, refused };
        after = records.at(-1)?.id ?? '';
      }
    },

    async failed() {
      const jobs = await (await openQueue()).failed(FAILED_MAX);
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
  // The index in use has none of its passages.
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
