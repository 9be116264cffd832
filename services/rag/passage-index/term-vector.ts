// BM25 as a product of sparse vectors: passage vectors hold term weights, question vectors hold IDF.
// Terms are hashed to dimensions, so no dictionary is needed; of 100,000 terms about five collide.
//
// Weights depend on the mean passage length, which drifts as a collection grows. A passage keeps the mean
// at its writing, blended with a typical length; reindexing refreshes it.

/** pgvector's maximum number of dimensions; below, its maximum of nonzero ones. */
export const TERM_DIMENSIONS = 1_000_000_000;
const TERMS_MAX = 16_000;

/** BM25 parameters, as in FTS5. */
const K1 = 1.2;
const B = 0.75;
/** Terms of a typical passage, and how many such passages the mean is blended with. */
const USUAL_LENGTH = 120;
const USUAL_COUNT = 20;

/** 1-based, as in pgvector. FNV-1a with MurmurHash3's final mix, which spreads short words. */
export function dimensionOf(term: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < term.length; at += 1) {
    hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % TERM_DIMENSIONS) + 1;
}

/** Occurrences per dimension; of very long passages only the beginning counts. */
export function countTerms(terms: readonly string[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const dimension of terms.map(dimensionOf)) {
    const count = counts.get(dimension);
    if (count !== undefined || counts.size < TERMS_MAX) counts.set(dimension, (count ?? 0) + 1);
  }
  return counts;
}

export function meanLength(passages: number, length: number): number {
  return (length + USUAL_LENGTH * USUAL_COUNT) / (passages + USUAL_COUNT);
}

/** Sparse vector in pgvector syntax of a passage with `length` terms. */
export function passageVector(
  counts: ReadonlyMap<number, number>,
  length: number,
  mean: number,
): string {
  const norm = K1 * (1 - B + (B * length) / mean);
  return sparse(
    [...counts].map(([dimension, count]) => [dimension, (count * (K1 + 1)) / (count + norm)]),
  );
}

/** Sparse vector of a question's term weights. */
export function questionVector(weights: ReadonlyMap<string, number>): string {
  const sums = new Map<number, number>();
  for (const [term, weight] of weights) {
    const dimension = dimensionOf(term);
    sums.set(dimension, (sums.get(dimension) ?? 0) + weight);
  }
  return sparse([...sums]);
}

/** The dimensions of a vector in pgvector syntax. */
export function dimensionsIn(vector: string): number[] {
  return Array.from(vector.matchAll(/(\d+):/g), ([, dimension]) => Number(dimension));
}

function sparse(entries: readonly (readonly [dimension: number, value: number])[]): string {
  const written = entries.map(([dimension, value]) => `${dimension}:${Math.fround(value)}`);
  return `{${written.join(',')}}/${TERM_DIMENSIONS}`;
}
