// Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): merges rankings by rank alone,
// because BM25 scores and cosines are not comparable.

/** The paper's constant; a larger value flattens the difference between ranks. */
const K = 60;

/**
 * All items, best first. Items with the same key are merged: the first one is returned, and each ranking
 * counts its best rank. Ties keep the order of first occurrence, rank by rank across the rankings.
 */
export function fuseRanks<T>(rankings: readonly (readonly T[])[], keyOf: (item: T) => string): T[] {
  const distinct = rankings.map((ranking) => firstOfEach(ranking, keyOf));
  const fusedByKey = new Map<string, { readonly item: T; score: number }>();
  const placesMax = Math.max(0, ...distinct.map(({ length }) => length));
  for (let place = 0; place < placesMax; place += 1) {
    for (const [key, item] of distinct.flatMap((ranking) => ranking.slice(place, place + 1))) {
      const fused = fusedByKey.get(key) ?? { item, score: 0 };
      fused.score += 1 / (K + place + 1);
      fusedByKey.set(key, fused);
    }
  }
  return [...fusedByKey.values()].toSorted((a, b) => b.score - a.score).map(({ item }) => item);
}

function firstOfEach<T>(
  ranking: readonly T[],
  keyOf: (item: T) => string,
): (readonly [key: string, item: T])[] {
  const itemByKey = new Map<string, T>();
  for (const item of ranking) {
    const key = keyOf(item);
    if (!itemByKey.has(key)) itemByKey.set(key, item);
  }
  return [...itemByKey];
}
