// Indexes a document: read, scrub, split, screen for prompt injection, embed, and replace it in the index
// in one step. Retries start over; searches see the previous version meanwhile.

import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  CollectionRecord,
  Collections,
  DocumentRecord,
} from '../../../shared/retrieval/collections.ts';
import { readDocumentJob } from '../../../shared/retrieval/document-jobs.ts';
import { randomText } from '../../../shared/runtime/ids.ts';
import type { Limits } from '../../../shared/limits.ts';
import {
  UnrecoverableJobError,
  type JobHandler,
  type RunningJob,
} from '../../../shared/queue/queue.ts';
import { EmbeddingError } from '../vectors/embedding-error.ts';
import type { Embedder } from '../vectors/embeddings.ts';
import type { NewPassage, PassageIndex } from '../passage-index/passage-index.ts';
import type { ReadDocument } from '../read/read-document.ts';
import { UnreadableDocumentError } from '../read/unreadable-document.ts';
import { splitMarkdown, type SplitPassage } from '../split/split-markdown.ts';
import { asMissing } from './document-state.ts';
import { vectorsOf } from './vectors.ts';

/** Removes personal data; rejects with `BlockedDocumentError` if the scrubber rules block the text. */
export type ScrubText = (text: string, timeSlice: TimeSlice) => Promise<string>;

/** Whether a passage looks like a prompt injection. */
export type ScreenPassage = (text: string, timeSlice: TimeSlice) => Promise<boolean>;

export interface IngestPorts {
  readonly collections: Pick<
    Collections,
    | 'collection'
    | 'document'
    | 'listDocuments'
    | 'updateDocument'
    | 'deleteDocument'
    | 'touchCollection'
  >;
  readonly index: PassageIndex;
  readonly embedder?: Embedder | undefined;
  readonly read: (bytes: Buffer, name: string, signal: AbortSignal) => Promise<ReadDocument>;
  readonly scrub: ScrubText;
  readonly isSuspect: ScreenPassage;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'documents' | 'embeddings'>;
  readonly onError: (error: unknown) => void;
}

/** The scrubber rules block the document. */
export class BlockedDocumentError extends Error {
  override readonly name = 'BlockedDocumentError';
}

interface Task extends IngestPorts {
  readonly job: RunningJob;
  readonly timeSlice: TimeSlice;
  readonly collection: CollectionRecord;
  readonly document: DocumentRecord;
}

const REVISION_LENGTH = 16;

/** Reported progress after each step. */
const PROGRESS = { read: 0.2, scrubbed: 0.5, screened: 0.6, embedded: 0.95 } as const;

export function createIngest(ports: IngestPorts): JobHandler {
  const { collections, index, clock, limits } = ports;
  return async (job) => {
    const request = readDocumentJob(job.data);
    if (request.kind === 'drop') {
      // The collection may have been recreated; keep its new documents.
      const [first] = await collections.listDocuments(request.collection, { limit: 1 });
      if (!first) await index.drop(request.collection);
      return;
    }
    const collection = await collections.collection(request.collection);
    const document = await collections.document(request.collection, request.document);
    if (!collection || !document || document.state === 'removing') {
      return await removeDocument(ports, request.collection, request.document);
    }
    // A newer version has its own job.
    if (request.kind === 'remove' || (request.kind === 'index' && document.hash !== request.hash))
      return;
    const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, job.signal);
    const task: Task = { ...ports, job, timeSlice, collection, document };
    try {
      await (request.kind === 'index' ? indexDocument(task) : reindexDocument(task));
    } catch (error) {
      await markFailed(task, error);
    }
  };
}

async function indexDocument(task: Task): Promise<void> {
  const { job, document, collection, timeSlice, limits, read } = task;
  await markIndexing(task);
  const bytes = await job.bytes();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { title, markdown } = await read(buffer, document.name, job.signal);
  await reportProgress(task, PROGRESS.read);
  const scrub: ScrubText = collection.scrub ? task.scrub : (text) => Promise.resolve(text);
  // Scrubs the complete text, because context helps to detect values.
  const text = await scrub(markdown, timeSlice);
  const about = {
    title: await scrub(title, timeSlice),
    source: await scrub(document.name, timeSlice),
  };
  await reportProgress(task, PROGRESS.scrubbed);
  const passages = await splitMarkdown(text, limits.documents, timeSlice);
  if (passages.length === 0) throw new UnreadableDocumentError('empty');
  await store(task, about, passages);
}

/** Applies the current rules, detectors and model to the stored passages; the file itself is not kept. */
async function reindexDocument(task: Task): Promise<void> {
  const { document, collection, timeSlice, index } = task;
  await markIndexing(task);
  const indexed = await index.document(document.collection, document.id);
  // An interrupted attempt may have written another revision; the file must be the same.
  if (indexed?.hash !== document.hash) return await markMissing(task);
  const stored = await index.passages(document.collection, document.id);
  const scrub: ScrubText = collection.scrub ? task.scrub : (text) => Promise.resolve(text);
  const passages: SplitPassage[] = [];
  for (const { text, headings } of stored) {
    passages.push({ text: await scrub(text, timeSlice), headings });
    if (timeSlice.isDue()) await timeSlice.take();
  }
  await reportProgress(task, PROGRESS.scrubbed);
  // Passages withheld earlier are not stored and stay withheld.
  await store(task, indexed, passages, document.withheld);
}

async function store(
  task: Task,
  about: { readonly title: string; readonly source: string },
  passages: readonly SplitPassage[],
  previouslyWithheld = 0,
): Promise<void> {
  const { index, document, embedder, job, limits, timeSlice } = task;
  const accepted: SplitPassage[] = [];
  for (const passage of passages) {
    if (!(await task.isSuspect(passage.text, timeSlice))) accepted.push(passage);
    if (timeSlice.isDue()) await timeSlice.take();
  }
  await reportProgress(task, PROGRESS.screened);
  const vectors = embedder
    ? await vectorsOf(embedder, accepted, limits.embeddings, job.signal, (share) =>
        reportProgress(task, PROGRESS.screened + share * (PROGRESS.embedded - PROGRESS.screened)),
      )
    : [];
  const ready = accepted.map(({ text, headings }, at): NewPassage => {
    const vector = vectors[at];
    return { text, headings, ...(vector ? { vector } : {}) };
  });
  job.signal.throwIfAborted();
  const { collection, id, hash } = document;
  const { title, source } = about;
  const revision = randomText(REVISION_LENGTH);
  const model = embedder && { model: embedder.model };
  await index.replace({ collection, id, title, source, hash, revision, ...model }, ready);
  const withheld = previouslyWithheld + passages.length - ready.length;
  await markReady(task, { passages: ready.length, withheld, revision });
}

async function markIndexing({ collections, document }: Task): Promise<void> {
  await collections.updateDocument(document.collection, document.id, (record) =>
    isCurrent(record, document) ? { ...record, state: 'indexing', progress: 0 } : record,
  );
}

async function reportProgress({ job, collections, document }: Task, share: number): Promise<void> {
  job.signal.throwIfAborted();
  await job.progress(share);
  await collections.updateDocument(document.collection, document.id, (record) =>
    isCurrent(record, document) ? { ...record, progress: share } : record,
  );
}

async function markReady(
  task: Task,
  indexed: Pick<DocumentRecord, 'passages' | 'withheld' | 'revision'>,
): Promise<void> {
  const { collections, document, clock } = task;
  const { collection, id } = document;
  const updated = await collections.updateDocument(collection, id, (record) => {
    if (!isCurrent(record, document)) return record;
    const { progress: _progress, error: _error, missing: _missing, ...rest } = record;
    return { ...rest, state: 'ready', indexedAt: clock.now(), ...indexed };
  });
  // The document was removed while it was being indexed.
  if (!updated || updated.state === 'removing') await removeDocument(task, collection, id);
  await collections.touchCollection(collection);
}

/** The index has lost the document: the job ends, and the record says that it is missing. */
async function markMissing({ collections, document, index }: Task): Promise<void> {
  const { collection, id } = document;
  await collections.updateDocument(collection, id, (record) =>
    isCurrent(record, document) ? asMissing(index.place, record) : record,
  );
  await collections.touchCollection(collection);
}

async function removeDocument(
  { index, collections }: Pick<IngestPorts, 'index' | 'collections'>,
  collection: string,
  id: string,
): Promise<void> {
  await index.remove(collection, id);
  await collections.deleteDocument(collection, id);
  await collections.touchCollection(collection);
}

/** Whether the record still describes the file being indexed. */
function isCurrent(record: DocumentRecord, { hash }: DocumentRecord): boolean {
  return record.hash === hash && record.state !== 'removing';
}

/** Records the failure if no retry follows; always throws so that the queue sees it. */
async function markFailed(task: Task, error: unknown): Promise<never> {
  const { job, collections, document } = task;
  job.signal.throwIfAborted();
  const isUnrecoverable =
    error instanceof UnreadableDocumentError || error instanceof BlockedDocumentError;
  const message = isUnrecoverable || error instanceof EmbeddingError ? error.message : UNKNOWN;
  // Details go to the log, which never quotes documents either.
  if (message === UNKNOWN) task.onError(error);
  if (isUnrecoverable || job.isLast) {
    await collections.updateDocument(document.collection, document.id, (record) => {
      if (!isCurrent(record, document)) return record;
      const { progress: _progress, ...rest } = record;
      return { ...rest, state: 'failed', error: message };
    });
  }
  throw isUnrecoverable ? new UnrecoverableJobError(message) : new Error(message);
}

const UNKNOWN = 'The document could not be indexed; the log of the gateway says why.';
