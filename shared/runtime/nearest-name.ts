// Suggests the known name with the smallest edit distance to a misspelt one.

/** Maximum edit distance of a suggestion. */
const DISTANCE_MAX = 2;

/** `; did you mean LLMP_PORT?`, or empty when no name is close. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = known
    .map((each) => [editDistance(name, each), each] as const)
    .filter(([distance]) => distance <= DISTANCE_MAX)
    .toSorted(([a], [b]) => a - b)[0];
  return nearest ? `; did you mean ${nearest[1]}?` : '';
}

/**
 * For names without our prefix, which may belong to other programs: only a name at distance 1 counts as
 * a misspelt setting, and never a plural or `…_URI`.
 */
export function misspelledSetting(name: string, known: readonly string[]): string | undefined {
  if (/(S|_URI)$/.test(name)) return undefined;
  return known.find((each) => {
    const prefix = each.slice(0, each.indexOf('_') + 1);
    // One edit turns a short word into another word.
    const isLong = each.length - prefix.length >= 4;
    return name.startsWith(prefix) && isLong && editDistance(name, each) === 1;
  });
}

/** Optimal string alignment distance: insertions, deletions, substitutions, adjacent swaps. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
