// Reconciles document records with the index in use, which may have been swapped, emptied or restored
// from an old backup.

import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  CollectionRecord,
  Collections,
  DocumentRecord,
} from '../../../shared/retrieval/collections.ts';
import type { Events } from '../../../shared/events.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { PassageIndex } from '../passage-index/passage-index.ts';
import { asReady, isIndexed, asMissing } from './document-state.ts';

export interface IndexCheckPorts {
  readonly collections: Pick<
    Collections,
    'collection' | 'listCollections' | 'listDocuments' | 'updateDocument' | 'touchCollection'
  >;
  readonly index: Pick<PassageIndex, 'place' | 'document' | 'documents'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'indexCheck'>;
  readonly onError: Events['onError'];
  readonly documentsMissing: Events['documentsMissing'];
}

export interface IndexCheck extends Disposable {
  /** Number of documents missing from the index; cached briefly. */
  missing(collection: string): Promise<number>;
  /** Rejects with `MissingDocumentsError` if any of these collections lacks documents. */
  requireAll(collections: readonly string[]): Promise<void>;
}

/** Some documents that a request may need are not in the index. */
export class MissingDocumentsError extends Error {
  override readonly name = 'MissingDocumentsError';
}

interface LastCheck {
  readonly revision: number;
  readonly checkedMs: number;
  readonly missing: Promise<number>;
}

interface Check {
  readonly isFirst: boolean;
  readonly markedMissing: Set<string>;
  readonly signal: AbortSignal;
}

const PAGE = 1_000;

/** Starts checking all collections periodically; failures reach the caller only through `missing`. */
export function startIndexCheck(ports: IndexCheckPorts): IndexCheck {
  const { collections, clock, limits, onError } = ports;
  const { pollMs, changedMs, freshMs } = limits.indexCheck;
  const lastByName = new Map<string, LastCheck>();
  /** Revisions that this process found missing. */
  const markedMissing = new Set<string>();
  const closed = new AbortController();
  let isChecking = false;
  let isFailing = false;

  /** Rechecks a collection after a while, or sooner when its documents change. */
  function checked({ name, revision }: CollectionRecord): Promise<number> {
    const last = lastByName.get(name);
    const nowMs = clock.monotonic();
    const maxAgeMs = last?.revision === revision ? freshMs : changedMs;
    if (last && nowMs - last.checkedMs < maxAgeMs) return last.missing;
    const missing = checkCollection(ports, name, {
      isFirst: last === undefined,
      markedMissing,
      signal: closed.signal,
    });
    lastByName.set(name, { revision, checkedMs: nowMs, missing });
    missing.catch(() => {
      if (last) lastByName.set(name, last);
      else lastByName.delete(name);
    });
    return missing;
  }

  /** A failing collection does not stop the check of the others. */
  async function checkAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let after = ''; ;) {
      const page = await collections.listCollections({ after, limit: PAGE });
      for (const record of page) await checked(record).catch((error) => errors.push(error));
      if (page.length < PAGE) break;
      after = page.at(-1)?.name ?? '';
    }
    if (errors.length > 0) throw errors[0];
  }

  async function run(): Promise<void> {
    if (isChecking) return;
    isChecking = true;
    try {
      await checkAll();
      isFailing = false;
    } catch (error) {
      // Reported once per outage, not on every round.
      if (!isFailing && !closed.signal.aborted) onError(error);
      isFailing = true;
    } finally {
      isChecking = false;
    }
  }

  const stop = clock.every(pollMs, () => void run());
  void run();
  const missing = async (name: string): Promise<number> => {
    const record = await collections.collection(name);
    return record ? await checked(record) : 0;
  };
  return {
    missing,
    async requireAll(names) {
      const counts = await Promise.all(names.map(missing));
      const count = counts.reduce((sum, one) => sum + one, 0);
      if (count === 0) return;
      throw new MissingDocumentsError(`${count} documents are not in the index in use`);
    },
    [Symbol.dispose]() {
      stop();
      closed.abort();
    },
  };
}

/**
 * Returns the number of missing documents. A document that reappears becomes ready only if this process
 * marked it missing or has just started, so processes with different indexes do not undo each other.
 */
async function checkCollection(
  { collections, index, clock, limits, documentsMissing }: IndexCheckPorts,
  name: string,
  { isFirst, markedMissing, signal }: Check,
): Promise<number> {
  const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, signal);
  const indexed = await index.documents(name);
  const indexedById = new Map(indexed.map((document) => [document.id, document] as const));
  /** Unless another process changed the record first. */
  const write = async (before: DocumentRecord, next: DocumentRecord): Promise<boolean> => {
    const { state, revision } = before;
    const now = await collections.updateDocument(name, before.id, (record) =>
      record.state === state && record.revision === revision ? next : record,
    );
    return now?.state === next.state && now.revision === revision;
  };
  let missing = 0;
  let newlyMissing = 0;
  let reappeared = 0;
  const checkRecord = async (record: DocumentRecord): Promise<void> => {
    const isPresent = isIndexed(record, indexedById.get(record.id));
    const key = JSON.stringify([name, record.id, record.revision]);
    if (record.state === 'ready' && !isPresent) {
      // The document may have been written since the index was listed.
      if (isIndexed(record, await index.document(name, record.id))) return;
      if (!(await write(record, asMissing(index.place, record)))) return;
      markedMissing.add(key);
      newlyMissing += 1;
    } else if (record.missing && !isPresent) {
      missing += 1;
    } else if (record.missing && (markedMissing.delete(key) || isFirst)) {
      if (await write(record, asReady(record))) reappeared += 1;
    }
  };
  for (let after = ''; ;) {
    const page = await collections.listDocuments(name, { after, limit: PAGE });
    for (const record of page) {
      await checkRecord(record);
      if (timeSlice.isDue()) await timeSlice.take();
    }
    signal.throwIfAborted();
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? '';
  }
  if (newlyMissing + reappeared > 0) await collections.touchCollection(name);
  if (newlyMissing > 0) {
    const remedy = 'add the files again, or migrate the documents with "llmp documents migrate"';
    documentsMissing({ collection: name, documents: newlyMissing, index: index.place, remedy });
  }
  return missing + newlyMissing;
}
