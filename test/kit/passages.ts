// Passages and documents for index tests.

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

/** `count` passages that contain `word` and one unique word each. */
export function passagesOf(count: number, word: string): NewPassage[] {
  return Array.from({ length: count }, (_, at) => passageOf(`${word} number${at} of ${count}`));
}

/** Document ids of hits, in order. */
export function idsOf(hits: readonly SearchHit[]): string[] {
  return hits.map(({ passage }) => passage.documentId);
}

/** Cosine in plain double arithmetic; 0 if either vector is zero. */
export function cosineOf(one: Float32Array, other: Float32Array): number {
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0);
  const lengths = Math.sqrt(dot(one, one) * dot(other, other));
  return lengths === 0 ? 0 : dot(one, other) / lengths;
}
