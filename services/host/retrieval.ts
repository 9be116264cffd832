// What the rag worker has behind it: the index, the model of vectors, and the work on documents that were
// sent. All of it is opened when it is first needed, as a gateway without documents should not pay for
// it; what is waiting in the queue is such a need. A database that is named is opened at start, so that
// a wrong name or password shows then.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Events } from '../../shared/events.ts';
import type { PolicyKit } from '../../shared/policy/compile.ts';
import type { Queue, QueueWorker } from '../../shared/queue/queue.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';
import type { Detection } from './detection.ts';
import type { IndexCheck } from '../rag/ingest/index-check.ts';
import type { Embedder } from '../rag/vectors/embeddings.ts';
import type { PassageIndex, Retrieve } from '../rag/passage-index/passage-index.ts';

/** Documents that one process works on at once: each may take the memory of `documents.memoryBytesMax`. */
const DOCUMENTS_AT_ONCE = 1;
/** How soon a process sees that another has begun a queue in the same data directory. */
const LOOK_MS = 1_000;

export interface RetrievalParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Pick<Events, 'onError' | 'documentsMissing'>;
  readonly store: () => Promise<Store>;
  readonly queue: () => Promise<Queue>;
  readonly detection: Detection;
  readonly kit: PolicyKit;
  readonly atStart: <Made>(open: () => Promise<Made>) => Promise<Made>;
}

export interface Retrieval extends AsyncDisposable {
  readonly retrieve: Retrieve;
  /** Takes on no more documents, and waits for the one in hand until `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

interface Opened {
  readonly index: PassageIndex;
  readonly embedder: Embedder | undefined;
  readonly retrieve: Retrieve;
  readonly check: IndexCheck;
}

/** Begins to work on documents as soon as there are some. */
export async function openRetrieval(parts: RetrievalParts): Promise<Retrieval> {
  const { config, clock, events, atStart } = parts;
  const stack = new AsyncDisposableStack();
  let opened: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opened ??= openIndex(parts, stack).catch((error: unknown) => {
      // Whoever asks next may have more luck.
      opened = undefined;
      throw error;
    });
    return opened;
  };

  if (config.databaseUrl !== null) {
    try {
      await atStart(open);
    } catch (error) {
      await stack.disposeAsync();
      throw error;
    }
  }

  let worker: Promise<QueueWorker> | undefined;
  let working: QueueWorker | undefined;
  let isLeaving = false;
  const look = () => {
    if (worker || isLeaving || !hasQueue(config)) return;
    worker = startWorker(parts, open);
    worker.then(
      (started) => {
        working = started;
        if (isLeaving) void started.drain(AbortSignal.abort());
      },
      (error: unknown) => {
        worker = undefined;
        events.onError(error);
      },
    );
  };
  stack.defer(clock.every(LOOK_MS, look));
  look();

  return {
    async retrieve(...asked) {
      const { retrieve, check } = await open();
      const found = await retrieve(...asked);
      if (found.length > 0) return found;
      // Nothing found where not all could be searched is no answer: the setting `on_error` decides.
      const [, collections] = asked;
      await check.requireAll(collections.map(({ name }) => name));
      return found;
    },
    async drain(signal) {
      isLeaving = true;
      // One that is still being opened has nothing in hand, and may wait for a server that is gone.
      await working?.drain(signal);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function hasQueue({ redisUrl, dataDir }: Config): boolean {
  return redisUrl !== null || existsSync(join(dataDir, 'queue.db'));
}

async function openIndex(
  { config, clock, events, store }: RetrievalParts,
  stack: AsyncDisposableStack,
): Promise<Opened> {
  const { limits, embeddings, proxy } = config;
  const collections = await store();
  const index = stack.use(await openConfiguredIndex(config));
  const embedder = embeddings
    ? stack.use(
        (await import('../rag/vectors/embeddings.ts')).createEmbedder({
          ...embeddings,
          clock,
          limits: limits.embeddings,
          proxy,
        }),
      )
    : undefined;
  const { createRetriever } = await import('../rag/search/retriever.ts');
  const { onError, documentsMissing } = events;
  const common = { clock, limits: limits.embeddings, onError };
  const { startIndexCheck } = await import('../rag/ingest/index-check.ts');
  const check = stack.use(
    startIndexCheck({ collections, index, clock, limits, onError, documentsMissing }),
  );
  return { index, embedder, check, retrieve: createRetriever({ index, embedder, ...common }) };
}

/** The index in use: Postgres where it is configured, and the data directory otherwise. */
export async function openConfiguredIndex({
  databaseUrl,
  dataDir,
}: Pick<Config, 'databaseUrl' | 'dataDir'>): Promise<PassageIndex> {
  if (databaseUrl === null) {
    const { openSqliteIndex } = await import('../rag/passage-index/sqlite.ts');
    return openSqliteIndex(join(dataDir, 'index'));
  }
  const { openPostgresIndex } = await import('../rag/passage-index/postgres.ts');
  return await openPostgresIndex(databaseUrl);
}

async function startWorker(
  parts: RetrievalParts,
  open: () => Promise<Opened>,
): Promise<QueueWorker> {
  const { config, clock, events, store, queue, detection, kit } = parts;
  const { limits } = config;
  const { onError } = events;
  const { createIngest } = await import('../rag/ingest/ingest.ts');
  const { readDocument } = await import('../rag/read/read-document.ts');
  const { createPassageScreen, createScrubText } = await import('./document-checks.ts');
  const { index, embedder } = await open();
  const handler = createIngest({
    collections: await store(),
    index,
    embedder,
    read: (bytes, name, signal) =>
      readDocument(bytes, name, { limits: limits.documents, clock }, signal),
    scrub: createScrubText(detection, clock, limits),
    isSuspect: createPassageScreen(kit),
    clock,
    limits,
    onError,
  });
  return (await queue()).work(handler, { concurrency: DOCUMENTS_AT_ONCE });
}
