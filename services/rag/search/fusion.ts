// Reciprocal rank fusion: of several rankings one, by the places alone, as a score of BM25 and a cosine
// have no common measure. (Cormack, Clarke and Büttcher, SIGIR 2009.)

/** From the paper: the larger it is, the less the first place is ahead of the tenth. */
const K = 60;

/**
 * The items of all rankings, the best first. Items of one key are one: the first that is met is given,
 * and in one ranking its best place counts. Equals keep the order in which they are met, place by
 * place through the rankings.
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
