// The rag worker with documents that a test names, and the store it remembers by.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage, Retrieve } from '../../services/rag/passage-index/passage-index.ts';
import { createCollectionSets } from '../../services/rag/collection-set.ts';
import type { RagPorts } from '../../services/rag/decide.ts';
import { createRag } from '../../services/rag/rag.ts';
import { HeldBody } from '../../shared/protocol/body.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import { decodeRetrievalReport, type RetrievalReport } from '../../shared/retrieval/report.ts';
import { splice } from '../../shared/json/edit.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { limits } from '../../shared/limits.ts';
import type { Annotations } from '../../shared/annotations.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import type { Store } from '../../shared/store/store.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { requestMessage } from './request-messages.ts';

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

export interface StageName extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly faults: unknown[];
  /** Questions that were searched for. */
  readonly questions: string[];
  /** What is found from now on. */
  finds(retrieve: Retrieve | readonly Passage[]): void;
  /** A second worker beside this one, on the same store. */
  another(): StageName;
  ask(body: unknown, meta?: Partial<Envelope>): Promise<Reservation>;
}

export interface Reservation {
  /** The body as it is sent on. */
  readonly sent: string;
  readonly retrievalReport: RetrievalReport | undefined;
  readonly annotations: Annotations | undefined;
}

/** A worker of its own with the collection `handbook`. */
export async function ragWorker(more: Partial<CollectionRecord> = {}): Promise<StageName> {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-rag-'));
  const store = openEmbeddedStore(directory);
  await store.putCollection(collectionNamed('handbook', more));
  const stageName = workerOn(store);
  return {
    ...stageName,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function workerOn(store: Store): StageName {
  const clock = createFakeClock();
  const faults: unknown[] = [];
  const questions: string[] = [];
  let retrieve: Retrieve = () => Promise.resolve([]);
  const ports: RagPorts = {
    collectionSetOf: createCollectionSets({ collections: store, clock, limits }),
    retrieve(question, ...rest) {
      questions.push(question);
      return retrieve(question, ...rest);
    },
    augmentations: store,
    clock,
    limits,
    onError: (error) => faults.push(error),
  };
  const stage = createRag(ports);
  return {
    store,
    clock,
    faults,
    questions,
    finds(found) {
      retrieve = typeof found === 'function' ? found : () => Promise.resolve([...found]);
    },
    another: () => workerOn(store),
    async ask(body, meta = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const rag = { collections: ['handbook'], search: true };
      const asked = { ...requestMessage({ rag, ...meta }), body: new HeldBody(Buffer.from(text)) };
      let retrievalReport: RetrievalReport | undefined;
      const outcome = await stage(asked, {
        signal: new AbortController().signal,
        sendRetrieval: (report) => {
          retrievalReport = decodeRetrievalReport(report);
        },
      });
      if (outcome.kind !== 'pass') throw new Error(`the room did not pass: ${outcome.kind}`);
      return {
        sent: splice(text, outcome.edits ?? []),
        retrievalReport,
        annotations: outcome.annotations,
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
