// The rag stage with given documents and its store.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage, Retrieve } from '../../services/rag/passage-index/passage-index.ts';
import { createCollectionSets } from '../../services/rag/collection-set.ts';
import type { RagPorts } from '../../services/rag/choose-augmentation.ts';
import { createRag } from '../../services/rag/rag.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import { decodeRetrievalReport, type RetrievalReport } from '../../shared/retrieval/report.ts';
import { splice } from '../../shared/json/edit.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { limits } from '../../shared/limits.ts';
import type { Annotations } from '../../shared/annotations.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import type { Store } from '../../shared/store/store.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { requestBodyOf, requestMessage } from './request-messages.ts';
import { confirm } from './permits.ts';

export function collectionNamed(
  name: string,
  more: Partial<CollectionRecord> = {},
): CollectionRecord {
  return {
    name,
    createdAt: 0,
    revision: 1,
    scrub: true,
    inject: 'search_result',
    citations: true,
    passagesMax: 5,
    tokensMax: 2_000,
    coverageMin: 0.35,
    deadlineMs: 2_000,
    onError: 'open',
    ...more,
  };
}

export function passageOf(text: string, more: Partial<Passage> = {}): Passage {
  const place = { collection: 'handbook', documentId: 'doc_1', position: 0 };
  const from = { title: 'Leave', source: 'leave.md', headings: ['Leave'] };
  return { ...place, ...from, text, ...more };
}

export interface RagHarness extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly errors: unknown[];
  /** Questions that were searched. */
  readonly questions: string[];
  /** Sets the results of later searches. */
  finds(retrieve: Retrieve | readonly Passage[]): void;
  /** Another instance of the stage on the same store. */
  another(): RagHarness;
  ask(body: unknown, meta?: Partial<Envelope>): Promise<RagResult>;
}

export interface RagResult {
  /** The body passed on. */
  readonly sent: string;
  readonly retrievalReport: RetrievalReport | undefined;
  readonly annotations: Annotations | undefined;
}

/** A separate instance with the collection `handbook`. */
export async function createRagHarness(more: Partial<CollectionRecord> = {}): Promise<RagHarness> {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-rag-'));
  const store = openEmbeddedStore(directory, limits.store);
  await store.putCollection(collectionNamed('handbook', more));
  const rag = harnessOn(store);
  return {
    ...rag,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function harnessOn(store: Store): RagHarness {
  const clock = createFakeClock();
  const errors: unknown[] = [];
  const questions: string[] = [];
  let retrieve: Retrieve = () => Promise.resolve([]);
  const ports: RagPorts = {
    collectionSetOf: createCollectionSets({ collections: store, clock, limits: limits.rag }),
    retrieve(question, ...rest) {
      questions.push(question);
      return retrieve(question, ...rest);
    },
    augmentations: store,
    clock,
    limits,
    onError: (error) => errors.push(error),
  };
  const stage = createRag(ports);
  return {
    store,
    clock,
    errors,
    questions,
    finds(results) {
      retrieve = typeof results === 'function' ? results : () => Promise.resolve([...results]);
    },
    another: () => harnessOn(store),
    async ask(body, meta = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const ragMeta = { collections: ['handbook'], search: true };
      const message = {
        ...requestMessage({ rag: ragMeta, ...meta }),
        body: requestBodyOf(text),
      };
      let retrievalReport: RetrievalReport | undefined;
      const outcome = await stage(message, {
        signal: new AbortController().signal,
        confirm,
        sendRetrieval: (report) => {
          retrievalReport = decodeRetrievalReport(report);
        },
      });
      if (outcome.kind !== 'pass') throw new Error(`the stage did not pass: ${outcome.kind}`);
      return {
        sent: splice(text, outcome.edits ?? []),
        retrievalReport,
        annotations: outcome.annotations,
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
