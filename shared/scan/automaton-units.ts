// How units of a text stand for those of keywords: in any letter case, or folded.

import { CLASS_ASCII, CLASS_DROPPED } from './assembly/layout.ts';
import { FOLD_DROPPED, FOLD_SEVERAL } from './program.ts';

/** Columns of a state. */
export const COLUMNS = 128;
const SPACE = 0x20;

/** How units of a text stand for those of keywords. */
export interface Units {
  readonly unitsOf: (unit: number) => readonly number[];
  /** ASCII units that count as none after another one. */
  readonly dropped: (after: number) => readonly number[];
  /** Class in the kernel of a unit that is not ASCII, or NUL. */
  readonly classOf: (unit: number, classByUnit: ReadonlyMap<number, number>) => number;
}

const NO_UNITS: readonly number[] = [];
/** Not a character. */
const NO_UNIT = 0xffff;

/** @param units of all keywords */
export function plainUnits(units: ReadonlySet<number>): Units {
  // Of what is in no keyword, a unit that is in none.
  const lower = new Uint16Array(0x10000).fill(NO_UNIT);
  for (const unit of units) for (const each of casesOf(unit)) lower[each] = unit;
  const cases = new Map([...units].map((unit) => [unit, casesOf(unit)]));
  return {
    unitsOf: (unit) => cases.get(unit) ?? NO_UNITS,
    dropped: () => NO_UNITS,
    classOf: (unit, classByUnit) => classByUnit.get(lower[unit] ?? NO_UNIT) ?? 0,
  };
}

export function foldedUnits(fold: Uint16Array): Units {
  const ascii = new Map<number, number[]>();
  for (let unit = 1; unit < COLUMNS; unit += 1) {
    const to = fold[unit] ?? 0;
    const units = ascii.get(to);
    if (units) units.push(unit);
    else ascii.set(to, [unit]);
  }
  const nothing = ascii.get(FOLD_DROPPED) ?? NO_UNITS;
  const nothingAfterSpace = [...nothing, ...(ascii.get(SPACE) ?? NO_UNITS)];
  return {
    unitsOf: (unit) => ascii.get(unit) ?? NO_UNITS,
    dropped: (after) => (after === SPACE ? nothingAfterSpace : nothing),
    classOf(unit, classByUnit) {
      const to = fold[unit] ?? FOLD_SEVERAL;
      if (to === FOLD_DROPPED) return CLASS_DROPPED;
      if (to === FOLD_SEVERAL) return 0;
      return to > 0 && to < COLUMNS ? CLASS_ASCII | to : (classByUnit.get(to) ?? 0);
    },
  };
}

/** The units that stand for a lower-case one: itself, and its capital letter if that has no other meaning. */
export function casesOf(unit: number): number[] {
  const char = String.fromCharCode(unit);
  const upper = char.toUpperCase();
  // Skips ß, whose upper case is two characters, and ſ, whose upper case belongs to s.
  return upper.toLowerCase() === char && upper !== char ? [unit, upper.charCodeAt(0)] : [unit];
}
