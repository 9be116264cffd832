import type { RagContext, Stage } from '../../shared/protocol/stage.ts';
import { createCollectionSets } from './collection-set.ts';
import { openRetrieval, type RetrievalOptions } from './open-retrieval.ts';
import { createRag } from './rag.ts';

export interface RagWorker {
  readonly stage: Stage<RagContext>;
  /** Takes no more documents and waits for the current one until `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Rejects when a configured database cannot be opened. The first request opens the store. */
export async function openRagWorker(options: RetrievalOptions): Promise<RagWorker> {
  const { config, clock, events, store } = options;
  const { limits } = config;
  const retrieval = await openRetrieval(options);
  const collections = { collection: async (name: string) => (await store()).collection(name) };
  const stage = createRag({
    collectionSetOf: createCollectionSets({ collections, clock, limits: limits.rag }),
    retrieve: retrieval.retrieve,
    augmentations: {
      augmentations: async (...args) => (await store()).augmentations(...args),
      saveAugmentation: async (...args) => (await store()).saveAugmentation(...args),
    },
    clock,
    limits,
    onError: events.onError,
  });
  return {
    stage,
    drain: (signal) => retrieval.drain(signal),
    close: async () => await retrieval[Symbol.asyncDispose](),
  };
}
