// How much of the labelled corpus stays in the text when it has been scrubbed, and how much is taken
// that was not asked for. A leak is counted in characters, as half a card number is not nothing.

import type { Scanner } from '../../../shared/privacy/detect/scan.ts';
import type { Gold, Sample } from './corpus.ts';

export interface Leaks {
  values: number;
  /** Values of which not one character stays. */
  whole: number;
  goldUnits: number;
  leakedUnits: number;
  foundUnits: number;
}

/** By label, and within it by kind of text. */
export type LeakTable = ReadonlyMap<string, ReadonlyMap<string, Leaks>>;

export function measureLeaks(scanner: Scanner, samples: readonly Sample[]): LeakTable {
  const table = new Map<string, Map<string, Leaks>>();
  for (const { label, kind, text, gold } of samples) {
    const row = table.get(label) ?? new Map<string, Leaks>();
    table.set(label, row);
    const leaks = row.get(kind) ?? noLeaks();
    row.set(kind, leaks);
    const found = scanner.scan(text);
    leaks.foundUnits += lengthOf(found);
    for (const value of gold) {
      const units = value.end - value.start;
      const leaked = units - found.reduce((sum, finding) => sum + overlap(value, finding), 0);
      leaks.values += 1;
      leaks.whole += leaked === 0 ? 1 : 0;
      leaks.goldUnits += units;
      leaks.leakedUnits += leaked;
    }
  }
  return table;
}

export function sumOf(all: Iterable<Leaks>): Leaks {
  const sum = noLeaks();
  for (const leaks of all) {
    sum.values += leaks.values;
    sum.whole += leaks.whole;
    sum.goldUnits += leaks.goldUnits;
    sum.leakedUnits += leaks.leakedUnits;
    sum.foundUnits += leaks.foundUnits;
  }
  return sum;
}

/** Gold characters that stay, in percent. */
export function leakRate({ leakedUnits, goldUnits }: Leaks): number {
  return (100 * leakedUnits) / goldUnits;
}

/** Of the characters taken, those that are gold, in percent; NaN when none was taken. */
export function precision({ leakedUnits, goldUnits, foundUnits }: Leaks): number {
  return (100 * (goldUnits - leakedUnits)) / foundUnits;
}

function noLeaks(): Leaks {
  return { values: 0, whole: 0, goldUnits: 0, leakedUnits: 0, foundUnits: 0 };
}

function overlap(one: Gold, other: Gold): number {
  return Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
}

function lengthOf(found: readonly Gold[]): number {
  return found.reduce((sum, { start, end }) => sum + end - start, 0);
}
