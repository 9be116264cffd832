// An in-memory passage index. A word weighs its IDF, and a passage scores the sum of its words' weights.

import { cosineSimilarity } from '../../services/rag/vectors/cosine-similarity.ts';
import type {
  SearchHit,
  IndexedDocument,
  NewPassage,
  Passage,
  PassageIndex,
} from '../../services/rag/passage-index/passage-index.ts';

type StoredPassage = Passage & { vector?: Float32Array };

export class MemoryIndex implements PassageIndex {
  readonly place: string;
  readonly #passages = new Map<string, StoredPassage[]>();
  readonly #documents = new Map<string, IndexedDocument>();

  constructor(place = 'memory') {
    this.place = place;
  }

  replace(
    document: IndexedDocument,
    passages: readonly NewPassage[],
    over?: string | null,
  ): Promise<boolean> {
    const { collection, id: documentId, title, source } = document;
    const key = keyOf(collection, documentId);
    const current = this.#documents.get(key)?.revision ?? null;
    if (over !== undefined && current !== over) return Promise.resolve(false);
    this.#documents.set(key, document);
    const others = this.#of(collection).filter((stored) => stored.documentId !== documentId);
    const added = passages.map((passage, position) => {
      return { ...passage, collection, documentId, position, title, source };
    });
    this.#passages.set(collection, [...others, ...added]);
    return Promise.resolve(true);
  }

  document(collection: string, documentId: string): Promise<IndexedDocument | undefined> {
    return Promise.resolve(this.#documents.get(keyOf(collection, documentId)));
  }

  documents(collection: string): Promise<IndexedDocument[]> {
    const all = [...this.#documents.values()];
    return Promise.resolve(all.filter((document) => document.collection === collection));
  }

  passages(collection: string, documentId: string): Promise<StoredPassage[]> {
    return Promise.resolve(
      this.#of(collection).filter((stored) => stored.documentId === documentId),
    );
  }

  remove(collection: string, documentId: string, revision?: string): Promise<void> {
    const key = keyOf(collection, documentId);
    const current = this.#documents.get(key)?.revision;
    if (revision !== undefined && current !== revision) return Promise.resolve();
    this.#documents.delete(key);
    const others = this.#of(collection).filter((stored) => stored.documentId !== documentId);
    this.#passages.set(collection, others);
    return Promise.resolve();
  }

  drop(collection: string): Promise<void> {
    this.#passages.delete(collection);
    for (const [key, document] of this.#documents) {
      if (document.collection === collection) this.#documents.delete(key);
    }
    return Promise.resolve();
  }

  searchWords(
    collection: string,
    question: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]> {
    return best(limit, signal, () => {
      const weigh = this.#scale(collection, question);
      return this.#of(collection).map((stored) => hit(stored, weigh(stored), weigh(stored)));
    });
  }

  searchVectors(
    collection: string,
    { vector, question }: { readonly vector: Float32Array; readonly question: string },
    limit: number,
    signal: AbortSignal,
  ): Promise<SearchHit[]> {
    return best(limit, signal, () => {
      const weigh = this.#scale(collection, question);
      return this.#of(collection).flatMap((stored) =>
        stored.vector?.length === vector.length
          ? [hit(stored, cosineSimilarity(vector, stored.vector), weigh(stored))]
          : [],
      );
    });
  }

  ready(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #of(collection: string): readonly StoredPassage[] {
    return this.#passages.get(collection) ?? [];
  }

  /** Returns a function that gives a passage's share of the question's weight. */
  #scale(collection: string, question: string): (passage: StoredPassage) => number {
    const all = this.#of(collection).map(({ text }) => wordsOf(text));
    const weightByWord = new Map(
      Array.from(wordsOf(question), (word) => {
        const passages = all.filter((words) => words.has(word)).length;
        return [word, Math.log(1 + (all.length + 1) / (passages + 0.5))] as const;
      }),
    );
    const sum = [...weightByWord.values()].reduce((total, weight) => total + weight, 0);
    return ({ text }) => {
      const words = wordsOf(text);
      const matched = [...weightByWord].filter(([word]) => words.has(word));
      return matched.reduce((total, [, weight]) => total + weight, 0) / (sum || 1);
    };
  }
}

function keyOf(collection: string, documentId: string): string {
  return JSON.stringify([collection, documentId]);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/\p{L}{3,}/gu));
}

function hit(stored: StoredPassage, score: number, coverage: number): SearchHit {
  const { vector, ...passage } = stored;
  return { passage: vector ? passage : stored, score, coverage };
}

async function best(
  limit: number,
  signal: AbortSignal,
  hits: () => SearchHit[],
): Promise<SearchHit[]> {
  signal.throwIfAborted();
  const found = hits().filter(({ score }) => score > 0);
  return found.toSorted((a, b) => b.score - a.score).slice(0, limit);
}
