// Deterministic randomness for generated corpora.

/** An integer from 0 up to `bound`, exclusive. */
export type Chance = (bound: number) => number;

/** Mulberry32 by Tommy Ettinger; not for secrets. */
export function seeded(seed: number): Chance {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** A random list item. */
export function pick<Item>(chance: Chance, items: readonly Item[]): Item {
  const item = items[chance(items.length)];
  if (item === undefined) throw new RangeError('there is nothing to pick from');
  return item;
}

/** `length` decimal digits. */
export function digitsBy(chance: Chance, length: number): string {
  return Array.from({ length }, () => chance(10)).join('');
}
