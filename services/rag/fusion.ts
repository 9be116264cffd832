// Reciprocal rank fusion: lists ranked by unlike scores become one, by ranks alone. Cormack, Clarke
// and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods",
// SIGIR 2009, also the source of k = 60.

const K = 60;

/**
 * Merges lists that are sorted best first. `keyOf` says which items are the same; of those the first
 * one seen is kept. Of equal sums the item seen first comes first.
 */
export function fuse<Item>(
  lists: readonly (readonly Item[])[],
  keyOf: (item: Item) => string,
): Item[] {
  const found = new Map<string, { readonly item: Item; score: number }>();
  for (const list of lists) {
    const seen = new Set<string>();
    for (const [at, item] of list.entries()) {
      const key = keyOf(item);
      if (seen.has(key)) continue;
      seen.add(key);
      const entry = found.get(key) ?? { item, score: 0 };
      entry.score += 1 / (K + at + 1);
      found.set(key, entry);
    }
  }
  return [...found.values()]
    .toSorted((one, other) => other.score - one.score)
    .map(({ item }) => item);
}
