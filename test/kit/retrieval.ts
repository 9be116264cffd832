// The rag room with documents that a test names, and the store it remembers by.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Passage, Retrieve } from '../../services/rag/passage-index/passage-index.ts';
import { createLibrary } from '../../services/rag/collection-set.ts';
import type { RagPorts } from '../../services/rag/decide.ts';
import { createRag } from '../../services/rag/rag.ts';
import { HeldBody } from '../../shared/protocol/body.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import { decodeInsertion, type Insertion } from '../../shared/retrieval/report.ts';
import { splice } from '../../shared/json/edit.ts';
import type { LetterMeta } from '../../shared/protocol/messages.ts';
import { limits } from '../../shared/limits.ts';
import type { Notes } from '../../shared/annotations.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import type { Store } from '../../shared/store/store.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { letter } from './letters.ts';

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
    onFault: 'open',
    ...more,
  };
}

export function passageOf(text: string, more: Partial<Passage> = {}): Passage {
  const place = { collection: 'handbook', documentId: 'doc_1', position: 0 };
  const from = { title: 'Leave', source: 'leave.md', headings: ['Leave'] };
  return { ...place, ...from, text, ...more };
}

export interface Room extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly faults: unknown[];
  /** Questions that were searched for. */
  readonly questions: string[];
  /** What is found from now on. */
  finds(retrieve: Retrieve | readonly Passage[]): void;
  /** A second room beside this one, on the same store. */
  another(): Room;
  ask(body: unknown, meta?: Partial<LetterMeta>): Promise<Asked>;
}

export interface Asked {
  /** The body as it is sent on. */
  readonly sent: string;
  readonly insertion: Insertion | undefined;
  readonly notes: Notes | undefined;
}

/** A room of its own with the collection `handbook`. */
export async function ragRoom(more: Partial<CollectionRecord> = {}): Promise<Room> {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-rag-'));
  const store = openEmbeddedStore(directory);
  await store.putCollection(collectionNamed('handbook', more));
  const room = roomOn(store);
  return {
    ...room,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function roomOn(store: Store): Room {
  const clock = createFakeClock();
  const faults: unknown[] = [];
  const questions: string[] = [];
  let retrieve: Retrieve = () => Promise.resolve([]);
  const ports: RagPorts = {
    shelfOf: createLibrary({ collections: store, clock, limits }),
    retrieve(question, ...rest) {
      questions.push(question);
      return retrieve(question, ...rest);
    },
    injections: store,
    clock,
    limits,
    fault: (error) => faults.push(error),
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
    another: () => roomOn(store),
    async ask(body, meta = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const rag = { collections: ['handbook'], search: true };
      const asked = { ...letter({ rag, ...meta }), body: new HeldBody(Buffer.from(text)) };
      let insertion: Insertion | undefined;
      const outcome = await stage(asked, {
        signal: new AbortController().signal,
        tellHome: (fact) => {
          insertion = decodeInsertion(fact);
        },
      });
      if (outcome.kind !== 'pass') throw new Error(`the room did not pass: ${outcome.kind}`);
      return { sent: splice(text, outcome.edits ?? []), insertion, notes: outcome.notes };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
