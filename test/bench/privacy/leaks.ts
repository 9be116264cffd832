// How much of the corpus survives scrubbing and how much is removed without need, counted in characters:
// half a card number is a leak too.

import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import type { Gold, Sample } from './corpus.ts';

export interface Leaks {
  values: number;
  /** Values removed completely. */
  complete: number;
  goldChars: number;
  leakedChars: number;
  foundChars: number;
}

/** By label, then by kind of text. */
export type LeakTable = ReadonlyMap<string, ReadonlyMap<string, Leaks>>;

export function measureLeaks(scanner: Scanner, samples: readonly Sample[]): LeakTable {
  const table = new Map<string, Map<string, Leaks>>();
  for (const { label, kind, text, gold } of samples) {
    const row = table.get(label) ?? new Map<string, Leaks>();
    table.set(label, row);
    const leaks = row.get(kind) ?? noLeaks();
    row.set(kind, leaks);
    const found = scanner.scan(text);
    leaks.foundChars += lengthOf(found);
    for (const value of gold) {
      const chars = value.end - value.start;
      const leaked = chars - found.reduce((sum, finding) => sum + overlap(value, finding), 0);
      leaks.values += 1;
      leaks.complete += leaked === 0 ? 1 : 0;
      leaks.goldChars += chars;
      leaks.leakedChars += leaked;
    }
  }
  return table;
}

export function sumOf(all: Iterable<Leaks>): Leaks {
  const sum = noLeaks();
  for (const leaks of all) {
    sum.values += leaks.values;
    sum.complete += leaks.complete;
    sum.goldChars += leaks.goldChars;
    sum.leakedChars += leaks.leakedChars;
    sum.foundChars += leaks.foundChars;
  }
  return sum;
}

/** Percentage of gold characters that survive. */
export function leakRate({ leakedChars, goldChars }: Leaks): number {
  return (100 * leakedChars) / goldChars;
}

/** Percentage of removed characters that are gold; NaN if none were removed. */
export function precision({ leakedChars, goldChars, foundChars }: Leaks): number {
  return (100 * (goldChars - leakedChars)) / foundChars;
}

function noLeaks(): Leaks {
  return { values: 0, complete: 0, goldChars: 0, leakedChars: 0, foundChars: 0 };
}

function overlap(one: Gold, other: Gold): number {
  return Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
}

function lengthOf(found: readonly Gold[]): number {
  return found.reduce((sum, { start, end }) => sum + end - start, 0);
}
