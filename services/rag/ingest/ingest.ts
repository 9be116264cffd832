// What is done with a document that was sent: read, freed of personal data, cut into passages, judged,
// given vectors, and put into the index in one step. The handler bears repeating: whatever it was doing
// when its process ended, the next try begins anew, and searches meanwhile find what was there before.

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
import { missingFrom } from './held.ts';
import { vectorsOf } from './vectors.ts';

/** Takes personal data out of a text; rejects with `BlockedDocumentError` when the rules say so. */
export type ScrubText = (text: string, timeSlice: TimeSlice) => Promise<string>;

/** Whether a passage tries to give orders to a model. */
export type JudgePassage = (text: string, timeSlice: TimeSlice) => Promise<boolean>;

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
  readonly isSuspect: JudgePassage;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'timeSliceMs' | 'documents' | 'embeddings'>;
  readonly onError: (error: unknown) => void;
}

/** The rules of the scrubber refuse what the document holds. */
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

/** Where a document's way is thought to be when a step is done. */
const PROGRESS = { read: 0.2, scrubbed: 0.5, judged: 0.6, embedded: 0.95 } as const;

export function createIngest(ports: IngestPorts): JobHandler {
  const { collections, index, clock, limits } = ports;
  return async (job) => {
    const said = readDocumentJob(job.data);
    if (said.kind === 'drop') {
      // A collection that is there again must not lose what it has now.
      const [first] = await collections.listDocuments(said.collection, { limit: 1 });
      if (!first) await index.drop(said.collection);
      return;
    }
    const collection = await collections.collection(said.collection);
    const document = await collections.document(said.collection, said.document);
    if (!collection || !document || document.state === 'removing') {
      return await removeDocument(ports, said.collection, said.document);
    }
    // Another version was sent meanwhile; its own job will come.
    if (said.kind === 'remove' || (said.kind === 'index' && document.hash !== said.hash)) return;
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, job.signal);
    const task: Task = { ...ports, job, timeSlice, collection, document };
    try {
      await (said.kind === 'index' ? indexDocument(task) : reindexDocument(task));
    } catch (error) {
      await failed(task, error);
    }
  };
}

async function indexDocument(task: Task): Promise<void> {
  const { job, document, collection, timeSlice, limits, read } = task;
  await begun(task);
  const bytes = await job.bytes();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { title, markdown } = await read(buffer, document.name, job.signal);
  await progressed(task, PROGRESS.read);
  const scrub: ScrubText = collection.scrub ? task.scrub : (text) => Promise.resolve(text);
  // The whole text at once: what stands around a value helps to tell what it is.
  const text = await scrub(markdown, timeSlice);
  const named = {
    title: await scrub(title, timeSlice),
    source: await scrub(document.name, timeSlice),
  };
  await progressed(task, PROGRESS.scrubbed);
  const passages = await splitMarkdown(text, limits.documents, timeSlice);
  if (passages.length === 0) throw new UnreadableDocumentError('empty');
  await store(task, named, passages);
}

/** By the rules, the judge and the model of today; the file itself was not kept. */
async function reindexDocument(task: Task): Promise<void> {
  const { document, collection, timeSlice, index } = task;
  await begun(task);
  const held = await index.document(document.collection, document.id);
  // A try that was cut short may have written another revision; the file has to be the same.
  if (held?.hash !== document.hash) return await missed(task);
  const known = await index.passages(document.collection, document.id);
  const scrub: ScrubText = collection.scrub ? task.scrub : (text) => Promise.resolve(text);
  const passages: SplitPassage[] = [];
  for (const { text, headings } of known) {
    passages.push({ text: await scrub(text, timeSlice), headings });
    if (timeSlice.isDue()) await timeSlice.take();
  }
  await progressed(task, PROGRESS.scrubbed);
  // What was left out before is in no index, and is still left out.
  await store(task, held, passages, document.withheld);
}

async function store(
  task: Task,
  named: { readonly title: string; readonly source: string },
  passages: readonly SplitPassage[],
  withheldBefore = 0,
): Promise<void> {
  const { index, document, embedder, job, limits, timeSlice } = task;
  const fit: SplitPassage[] = [];
  for (const passage of passages) {
    if (!(await task.isSuspect(passage.text, timeSlice))) fit.push(passage);
    if (timeSlice.isDue()) await timeSlice.take();
  }
  await progressed(task, PROGRESS.judged);
  const vectors = embedder
    ? await vectorsOf(embedder, fit, limits.embeddings, job.signal, (share) =>
        progressed(task, PROGRESS.judged + share * (PROGRESS.embedded - PROGRESS.judged)),
      )
    : [];
  const ready = fit.map(({ text, headings }, at): NewPassage => {
    const vector = vectors[at];
    return { text, headings, ...(vector ? { vector } : {}) };
  });
  job.signal.throwIfAborted();
  const { collection, id, hash } = document;
  const { title, source } = named;
  const revision = randomText(REVISION_LENGTH);
  const model = embedder && { model: embedder.model };
  await index.replace({ collection, id, title, source, hash, revision, ...model }, ready);
  const withheld = withheldBefore + passages.length - ready.length;
  await finished(task, { passages: ready.length, withheld, revision });
}

async function begun({ collections, document }: Task): Promise<void> {
  await collections.updateDocument(document.collection, document.id, (record) =>
    isCurrent(record, document) ? { ...record, state: 'indexing', progress: 0 } : record,
  );
}

async function progressed({ job, collections, document }: Task, share: number): Promise<void> {
  job.signal.throwIfAborted();
  await job.progress(share);
  await collections.updateDocument(document.collection, document.id, (record) =>
    isCurrent(record, document) ? { ...record, progress: share } : record,
  );
}

async function finished(
  task: Task,
  indexed: Pick<DocumentRecord, 'passages' | 'withheld' | 'revision'>,
): Promise<void> {
  const { collections, document, clock } = task;
  const { collection, id } = document;
  const left = await collections.updateDocument(collection, id, (record) => {
    if (!isCurrent(record, document)) return record;
    const { progress: _progress, error: _error, missing: _missing, ...rest } = record;
    return { ...rest, state: 'ready', indexedAt: clock.now(), ...indexed };
  });
  // It was taken away while it was worked on.
  if (!left || left.state === 'removing') await removeDocument(task, collection, id);
  await collections.touchCollection(collection);
}

/** The index has nothing to begin from: the job is done, and the record says what is to be done now. */
async function missed({ collections, document, index }: Task): Promise<void> {
  const { collection, id } = document;
  await collections.updateDocument(collection, id, (record) =>
    isCurrent(record, document) ? missingFrom(index.place, record) : record,
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

/** Whether the record is still of the bytes that were taken on. */
function isCurrent(record: DocumentRecord, { hash }: DocumentRecord): boolean {
  return record.hash === hash && record.state !== 'removing';
}

/** Says why in the record when no further try will come; always throws, for the queue to know. */
async function failed(task: Task, error: unknown): Promise<never> {
  const { job, collections, document } = task;
  job.signal.throwIfAborted();
  const isUnrecoverable =
    error instanceof UnreadableDocumentError || error instanceof BlockedDocumentError;
  const words = isUnrecoverable || error instanceof EmbeddingError ? error.message : UNKNOWN;
  // What is not said to whoever sent it is for the log, which never quotes documents either.
  if (words === UNKNOWN) task.onError(error);
  if (isUnrecoverable || job.isLast) {
    await collections.updateDocument(document.collection, document.id, (record) => {
      if (!isCurrent(record, document)) return record;
      const { progress: _progress, ...rest } = record;
      return { ...rest, state: 'failed', error: words };
    });
  }
  throw isUnrecoverable ? new UnrecoverableJobError(words) : new Error(words);
}

const UNKNOWN = 'The document could not be indexed; the log of the gateway says why.';
