// Passages and documents for tests of the index, in as few words as a test needs.

import type {
  SearchHit,
  IndexedDocument,
  NewPassage,
} from '../../services/rag/passage-index/passage-index.ts';

export function documentOf(
  id: string,
  collection = 'handbook',
  more: Partial<IndexedDocument> = {},
): IndexedDocument {
  const named = { collection, id, title: `Title of ${id}`, source: `${id}.md` };
  return { ...named, hash: `hash of ${id}`, revision: `first of ${id}`, ...more };
}

export function passageOf(text: string, more: Partial<NewPassage> = {}): NewPassage {
  return { text, headings: [], ...more };
}

/** So many passages that all have `word`, each with a word of its own. */
export function passagesOf(count: number, word: string): NewPassage[] {
  return Array.from({ length: count }, (_, at) => passageOf(`${word} number${at} of ${count}`));
}

/** The documents of hits in their order. */
export function idsOf(hits: readonly SearchHit[]): string[] {
  return hits.map(({ passage }) => passage.documentId);
}

/** The cosine, worked out the plain way in doubles; 0 where one has no length. */
export function cosineOf(one: Float32Array, other: Float32Array): number {
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0);
  const lengths = Math.sqrt(dot(one, one) * dot(other, other));
  return lengths === 0 ? 0 : dot(one, other) / lengths;
}
