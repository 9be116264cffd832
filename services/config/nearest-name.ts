// What somebody meant who misspelt a name: the known one that takes the fewest slips of the finger.

/** Slips that are forgiven for a suggestion. */
const SLIPS_MAX = 2;

/** `; did you mean LLMP_PORT?`, or nothing where no name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = known
    .map((each) => [slips(name, each), each] as const)
    .filter(([count]) => count <= SLIPS_MAX)
    .toSorted(([a], [b]) => a - b)[0];
  return near ? `; did you mean ${near[1]}?` : '';
}

/**
 * The setting that is certainly meant by a name which need not be for us, as other programs have
 * variables of the same prefix: one slip away, and not merely a plural or `…_URI`.
 */
export function certainlyMeant(name: string, known: readonly string[]): string | undefined {
  if (/(S|_URI)$/.test(name)) return undefined;
  return known.find((each) => {
    const prefix = each.slice(0, each.indexOf('_') + 1);
    // In short words one slip makes another word.
    return name.startsWith(prefix) && each.length - prefix.length >= 4 && slips(name, each) === 1;
  });
}

/** Messages left out, added, changed or swapped with the next: the optimal string alignment distance. */
export function slips(a: string, b: string): number {
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
