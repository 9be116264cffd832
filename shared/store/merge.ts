// The first items of several ordered sources, in order, without reading all of each.

/** Reads the next items of a source, at most `count`, after its `last` one; fewer mean that it has ended. */
export type OrderedSource<Item> = (last: Item | undefined, count: number) => Promise<Item[]>;

interface Reading<Item> {
  readonly source: OrderedSource<Item>;
  items: Item[];
  last: Item | undefined;
  hasMore: boolean;
}

/**
 * Every source is expected to hold a similar share.
 * @throws RangeError if a source is not in the order of `compare`
 */
export async function inOrder<Item>(
  sources: readonly OrderedSource<Item>[],
  limit: number,
  compare: (one: Item, other: Item) => number,
): Promise<Item[]> {
  const count = Math.min(limit, Math.ceil((2 * limit) / sources.length) + 8);
  let open = sources.map((source): Reading<Item> => {
    return { source, items: [], last: undefined, hasMore: true };
  });
  const merged: Item[] = [];
  while (merged.length < limit) {
    await Promise.all(
      open.map(async (reading) => {
        if (reading.items.length > 0 || !reading.hasMore) return;
        reading.items = await reading.source(reading.last, count);
        reading.last = reading.items.at(-1);
        reading.hasMore = reading.items.length === count;
      }),
    );
    open = open.filter(({ items }) => items.length > 0);
    if (open.length === 0) break;
    // Whatever is not read yet comes after the last item of its source.
    const ends = open.flatMap(({ last, hasMore }) => (hasMore && last !== undefined ? [last] : []));
    const end = ends.toSorted(compare)[0];
    const isKnown = (item: Item) => end === undefined || compare(item, end) <= 0 || item === end;
    const ready: Item[] = [];
    for (const reading of open) {
      const split = reading.items.findIndex((item) => !isKnown(item));
      ready.push(...reading.items.splice(0, split < 0 ? Infinity : split));
    }
    if (ready.length === 0) throw new RangeError('a source is not in order');
    merged.push(...ready.toSorted(compare));
  }
  return merged.slice(0, limit);
}
