// BM25 as a product of sparse vectors: a passage has for each of its terms how much the term says of
// it, a question how rare the term is. Terms are hashed to dimensions, so that no dictionary has to be
// read: of 100,000 terms about five share one with another.
//
// What a term says depends on the mean length of passages, which drifts while a collection grows. A
// passage keeps the mean of the time it was written: passages are cut to one size, so the mean hardly
// moves once there are some, and until then a usual one is mixed in. Re-indexing brings all up to date.

/** pgvector's bound, and its bound on dimensions that are not zero. */
export const TERM_DIMENSIONS = 1_000_000_000;
const TERMS_MAX = 16_000;

/** Of BM25, as FTS5 has them. */
const K1 = 1.2;
const B = 0.75;
/** Terms of a usual passage, and how many such passages are mixed into the mean. */
const USUAL_LENGTH = 120;
const USUAL_COUNT = 20;

/** From 1, as pgvector counts. FNV-1a with the last step of MurmurHash3, which spreads short words. */
export function dimensionOf(term: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < term.length; at += 1) {
    hash = Math.imul(hash ^ term.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % TERM_DIMENSIONS) + 1;
}

/** How often each dimension is in a passage; of a monstrous passage only the beginning counts. */
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

/** The vector of a passage of `length` terms, in pgvector's writing. */
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

/** The vector of a question, from what its terms weigh. */
export function questionVector(weights: ReadonlyMap<string, number>): string {
  const sums = new Map<number, number>();
  for (const [term, weight] of weights) {
    const dimension = dimensionOf(term);
    sums.set(dimension, (sums.get(dimension) ?? 0) + weight);
  }
  return sparse([...sums]);
}

/** The dimensions of a vector in pgvector's writing. */
export function dimensionsIn(vector: string): number[] {
  return Array.from(vector.matchAll(/(\d+):/g), ([, dimension]) => Number(dimension));
}

function sparse(entries: readonly (readonly [dimension: number, value: number])[]): string {
  const written = entries.map(([dimension, value]) => `${dimension}:${Math.fround(value)}`);
  return `{${written.join(',')}}/${TERM_DIMENSIONS}`;
}
