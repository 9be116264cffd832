// An embedder in which texts with common topics are near. Like real models, it can give unrelated texts a
// high cosine.

import type { Embedder } from '../../services/rag/vectors/embeddings.ts';

/** Words of each topic. */
const TOPICS = [
  ['holiday', 'holidays', 'vacation', 'leave', 'urlaub'],
  ['salary', 'wage', 'wages', 'pay', 'gehalt'],
  ['dog', 'dogs', 'puppy', 'hound'],
];
/** Texts without a topic get one of this many other directions. */
const OTHERS = 61;

export interface Meanings extends Embedder {
  /** The recorded calls. */
  readonly calls: { readonly texts: readonly string[]; readonly purpose: string }[];
}

/**
 * @param unrelated approximate cosine of unrelated texts, 0 to 1
 * @param before awaited by each call, for example to fail it
 */
export function createMeanings(
  unrelated = 0,
  before: (texts: readonly string[], signal: AbortSignal) => Promise<void> = async () => {},
): Meanings {
  const calls: Meanings['calls'] = [];
  return {
    model: 'meanings',
    calls,
    async embed(texts, purpose, signal) {
      signal.throwIfAborted();
      calls.push({ texts, purpose });
      await before(texts, signal);
      return texts.map((text) => meaningOf(text, unrelated));
    },
  };
}

/** The vector of a text. */
export function meaningOf(text: string, unrelated = 0): Float32Array {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const topics = TOPICS.map((topic) => words.filter((word) => topic.includes(word)).length);
  const others = Array.from({ length: OTHERS }, () => 0);
  if (topics.every((count) => count === 0)) others[sumOf(text) % OTHERS] = 1;
  const length = Math.hypot(...topics, ...others);
  const coordinates = [...topics, ...others].map((x) => (x / length) * Math.sqrt(1 - unrelated));
  return Float32Array.from([Math.sqrt(unrelated), ...coordinates]);
}

function sumOf(text: string): number {
  return Array.from(text, (letter) => letter.codePointAt(0) ?? 0).reduce(
    (sum, code) => (sum * 31 + code) % 1_000_003,
    7,
  );
}
