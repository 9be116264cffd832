// How the words of policies are found in texts that are not normalized: a fold table for the scan kernel.

import { FOLD_DROPPED, FOLD_SEVERAL, UNFOLDED } from '../scan/program.ts';
import { normalizedCharacter } from './normalized-text.ts';

type UnitRange = readonly [first: number, last: number];

/** Chinese characters and what is for private use normalize to themselves, Korean syllables to their letters. */
const UNCHANGED: readonly UnitRange[] = [
  [0x3400, 0x9fff],
  [0xe000, 0xf8ff],
];
const SYLLABLES: UnitRange = [0xac00, 0xd7a3];
const SURROGATES: UnitRange = [0xd800, 0xdfff];
/** Emoji, and Chinese characters: pairs with these halves normalize to themselves. */
const UNCHANGED_HIGH: readonly UnitRange[] = [
  [0xd83d, 0xd83d],
  [0xd840, 0xd869],
];
const LOW_FIRST = 0xdc00;

export interface FoldTable {
  /** By UTF-16 unit. */
  readonly fold: Uint16Array;
  /** `UNFOLDED` for units that the table cannot fold: a text with one must be normalized to be searched. */
  readonly unitBits: Uint8Array;
}

let table: FoldTable | undefined;

export function foldTable(): FoldTable {
  return (table ??= buildTable());
}

function buildTable(): FoldTable {
  const fold = Uint16Array.from({ length: 0x10000 }, (_, unit) => foldOf(unit));
  const unitBits = Uint8Array.from(fold, (to) => (to === FOLD_SEVERAL ? UNFOLDED : 0));
  return { fold, unitBits };
}

function foldOf(unit: number): number {
  if (UNCHANGED.some((range) => isIn(unit, range))) return unit;
  if (isIn(unit, SYLLABLES)) return FOLD_SEVERAL;
  if (isIn(unit, SURROGATES)) {
    const isUnchanged = unit >= LOW_FIRST || UNCHANGED_HIGH.some((range) => isIn(unit, range));
    return isUnchanged ? unit : FOLD_SEVERAL;
  }
  const normalized = normalizedCharacter(unit);
  if (normalized === '') return FOLD_DROPPED;
  const to = normalized.charCodeAt(0);
  // What these stand for in the table.
  const isReserved = to === FOLD_DROPPED || to === FOLD_SEVERAL;
  return normalized.length === 1 && !isReserved ? to : FOLD_SEVERAL;
}

function isIn(unit: number, [first, last]: UnitRange): boolean {
  return unit >= first && unit <= last;
}
