// Opens the index, the embedder and the document queue on first use, so a gateway without documents
// does not pay for them. A configured database is opened at start, where a wrong name or password shows.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Events } from '../../shared/events.ts';
import type { Detection } from '../../shared/privacy/detection.ts';
import type { Queue, QueueWorker } from '../../shared/queue/queue.ts';
import { withDeadline, type Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';
import type { IndexCheck } from './ingest/index-check.ts';
import { openConfiguredIndex } from './open-index.ts';
import type { PassageIndex, Retrieve } from './passage-index/passage-index.ts';
import type { Embedder } from './vectors/embeddings.ts';

/** Documents that a process indexes at once; each may take `documents.memoryBytesMax` of memory. */
const DOCUMENT_CONCURRENCY = 1;
/** How often a process looks whether another one has created a queue in the same data directory. */
const QUEUE_POLL_MS = 1_000;

export interface RetrievalOptions {
  readonly config: Pick<
    Config,
    'databaseUrl' | 'dataDir' | 'redisUrl' | 'embeddings' | 'proxy' | 'limits'
  >;
  readonly clock: Clock;
  readonly events: Pick<Events, 'onError' | 'documentsMissing'>;
  readonly store: () => Promise<Store>;
  readonly queue: () => Promise<Queue>;
  readonly detection: Detection;
  /** Retries what cannot be reached yet, for the start wait time. */
  readonly atStart: <Opened>(open: () => Promise<Opened>) => Promise<Opened>;
}

export interface Retrieval extends AsyncDisposable {
  readonly retrieve: Retrieve;
  /** Takes no more documents and waits for the current one until `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

interface OpenedIndex {
  readonly index: PassageIndex;
  readonly embedder: Embedder | undefined;
  readonly retrieve: Retrieve;
  readonly check: IndexCheck;
}

/** Indexes queued documents as soon as there are any. */
export async function openRetrieval(options: RetrievalOptions): Promise<Retrieval> {
  const { config, clock, events, atStart } = options;
  const stack = new AsyncDisposableStack();
  let opened: Promise<OpenedIndex> | undefined;
  const open = (): Promise<OpenedIndex> => {
    opened ??= openIndex(options, stack).catch((error: unknown) => {
      // The next caller tries again.
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

  let starting: Promise<QueueWorker> | undefined;
  let worker: QueueWorker | undefined;
  let isDraining = false;
  const startWhenQueued = () => {
    if (starting || isDraining || !hasQueue(config)) return;
    starting = startQueueWorker(options, open);
    starting.then(
      (started) => {
        worker = started;
        if (isDraining) void started.drain(AbortSignal.abort());
      },
      (error: unknown) => {
        starting = undefined;
        events.onError(error);
      },
    );
  };
  stack.defer(clock.every(QUEUE_POLL_MS, startWhenQueued));
  startWhenQueued();

  return {
    async retrieve(...args) {
      const { retrieve, check } = await open();
      const passages = await retrieve(...args);
      if (passages.length > 0) return passages;
      // An empty result counts only if the whole index was searched; otherwise `on_error` decides.
      const [, collections] = args;
      await check.requireAll(collections.map(({ name }) => name));
      return passages;
    },
    async drain(signal) {
      isDraining = true;
      // A worker that is still starting holds no document, and may wait for a server that is down.
      await worker?.drain(signal);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function hasQueue({ redisUrl, dataDir }: Pick<Config, 'redisUrl' | 'dataDir'>): boolean {
  return redisUrl !== null || existsSync(join(dataDir, 'queue.db'));
}

async function openIndex(
  { config, clock, events, store }: RetrievalOptions,
  stack: AsyncDisposableStack,
): Promise<OpenedIndex> {
  const { limits, embeddings, proxy } = config;
  const collections = await store();
  const index = stack.use(await openConfiguredIndex(config));
  const embedder = embeddings
    ? stack.use(
        (await import('./vectors/embeddings.ts')).createEmbedder({
          ...embeddings,
          clock,
          limits: limits.embeddings,
          proxy,
        }),
      )
    : undefined;
  const { createRetriever } = await import('./search/retriever.ts');
  const { startIndexCheck } = await import('./ingest/index-check.ts');
  const { onError, documentsMissing } = events;
  const check = stack.use(
    startIndexCheck({ collections, index, clock, limits, onError, documentsMissing }),
  );
  const retrieve = createRetriever({ index, embedder, clock, limits: limits.embeddings, onError });
  return { index, embedder, check, retrieve };
}

async function startQueueWorker(
  options: RetrievalOptions,
  open: () => Promise<OpenedIndex>,
): Promise<QueueWorker> {
  const { config, clock, events, store, queue, detection } = options;
  const { limits } = config;
  const { createIngest } = await import('./ingest/ingest.ts');
  const { readDocument } = await import('./read/read-document.ts');
  const { createPassageScreen, createScrubText } = await import('./ingest/document-checks.ts');
  const { index, embedder } = await open();
  const handler = createIngest({
    collections: await store(),
    index,
    embedder,
    read: (bytes, name, signal) =>
      readDocument(bytes, name, { limits: limits.documents, clock }, signal),
    scrub: createScrubText(detection, clock, limits.scan),
    isSuspect: createPassageScreen({
      scan: (text) => detection.scanner.scan(text),
      deadline: (ms, signal, work) => withDeadline(clock, ms, signal, work),
    }),
    clock,
    limits,
    onError: events.onError,
  });
  return (await queue()).work(handler, { concurrency: DOCUMENT_CONCURRENCY });
}
