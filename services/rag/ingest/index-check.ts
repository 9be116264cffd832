// Compares the records of documents with what the index in use holds, and sets them right: an index may
// be another one than yesterday, empty, or restored from an old copy, and nobody says so.

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
import { foundAgain, isHeld, missingFrom } from './held.ts';

export interface IndexCheckPorts {
  readonly collections: Pick<
    Collections,
    'collection' | 'listCollections' | 'listDocuments' | 'updateDocument' | 'touchCollection'
  >;
  readonly index: Pick<PassageIndex, 'place' | 'document' | 'documents'>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'timeSliceMs' | 'indexCheck'>;
  readonly onError: Events['onError'];
  readonly documentsMissing: Events['documentsMissing'];
}

export interface IndexCheck extends Disposable {
  /** Documents of a collection that the index does not hold, as of a moment ago. */
  missing(collection: string): Promise<number>;
  /** Rejects with MissingDocumentsError where documents of any of these collections are missing. */
  requireAll(collections: readonly string[]): Promise<void>;
}

/** Not all could be searched that a request may be answered from. */
export class MissingDocumentsError extends Error {
  override readonly name = 'MissingDocumentsError';
}

interface Known {
  readonly revision: number;
  readonly checkedMs: number;
  readonly missing: Promise<number>;
}

interface Check {
  readonly isFirst: boolean;
  readonly foundOut: Set<string>;
  readonly signal: AbortSignal;
}

const PAGE = 1_000;

/** Checks all collections at once and from then on; rejects nothing but what `missing` asks for. */
export function startIndexCheck(ports: IndexCheckPorts): IndexCheck {
  const { collections, clock, limits, onError } = ports;
  const { pollMs, changedMs, freshMs } = limits.indexCheck;
  const knownByName = new Map<string, Known>();
  /** Writings that this process has found missing. */
  const foundOut = new Set<string>();
  const over = new AbortController();
  let isLooking = false;
  let isFailing = false;

  /** One that was checked is checked anew after a while, and sooner when its documents changed. */
  function checked({ name, revision }: CollectionRecord): Promise<number> {
    const known = knownByName.get(name);
    const nowMs = clock.monotonic();
    const enoughMs = known?.revision === revision ? freshMs : changedMs;
    if (known && nowMs - known.checkedMs < enoughMs) return known.missing;
    const missing = checkCollection(ports, name, {
      isFirst: known === undefined,
      foundOut,
      signal: over.signal,
    });
    knownByName.set(name, { revision, checkedMs: nowMs, missing });
    missing.catch(() => {
      if (known) knownByName.set(name, known);
      else knownByName.delete(name);
    });
    return missing;
  }

  /** One that cannot be checked does not keep the others from it. */
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

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await checkAll();
      isFailing = false;
    } catch (error) {
      // Once, not with every look, while the index or the store is away.
      if (!isFailing && !over.signal.aborted) onError(error);
      isFailing = true;
    } finally {
      isLooking = false;
    }
  }

  const stop = clock.every(pollMs, () => void look());
  void look();
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
      over.abort();
    },
  };
}

/**
 * Gives the number of documents that are missing. One that is there again is ready again when this
 * process has just begun, or had found it missing itself: of two processes with different indexes
 * neither may undo what the other has found out.
 */
async function checkCollection(
  { collections, index, clock, limits, documentsMissing }: IndexCheckPorts,
  name: string,
  { isFirst, foundOut, signal }: Check,
): Promise<number> {
  const timeSlice = new TimeSlice(clock, limits.timeSliceMs, signal);
  const held = await index.documents(name);
  const heldById = new Map(held.map((document) => [document.id, document] as const));
  /** Unless somebody came first. */
  const write = async (seen: DocumentRecord, next: DocumentRecord): Promise<boolean> => {
    const { state, revision } = seen;
    const now = await collections.updateDocument(name, seen.id, (record) =>
      record.state === state && record.revision === revision ? next : record,
    );
    return now?.state === next.state && now.revision === revision;
  };
  let missing = 0;
  let lost = 0;
  let found = 0;
  const look = async (record: DocumentRecord): Promise<void> => {
    const isHere = isHeld(record, heldById.get(record.id));
    const writing = JSON.stringify([name, record.id, record.revision]);
    if (record.state === 'ready' && !isHere) {
      // It may have been written since the index was asked for all.
      if (isHeld(record, await index.document(name, record.id))) return;
      if (!(await write(record, missingFrom(index.place, record)))) return;
      foundOut.add(writing);
      lost += 1;
    } else if (record.missing && !isHere) {
      missing += 1;
    } else if (record.missing && (foundOut.delete(writing) || isFirst)) {
      if (await write(record, foundAgain(record))) found += 1;
    }
  };
  for (let after = ''; ;) {
    const page = await collections.listDocuments(name, { after, limit: PAGE });
    for (const record of page) {
      await look(record);
      if (timeSlice.isDue()) await timeSlice.take();
    }
    signal.throwIfAborted();
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? '';
  }
  if (lost + found > 0) await collections.touchCollection(name);
  if (lost > 0) {
    const remedy = 'add the files again, or bring the documents over with "llmp documents migrate"';
    documentsMissing({ collection: name, documents: lost, index: index.place, remedy });
  }
  return missing + lost;
}
