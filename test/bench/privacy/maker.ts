// How values of the corpus are made, and what the makers share.

import type { Chance } from '../../kit/seeded.ts';

/** A row of the corpus: how values of one entity are made and what people call them. */
export interface Maker {
  readonly entity: string;
  /** Where an entity is written in several ways. */
  readonly form?: string;
  /** What stands before it, in words: `NHS number`. */
  readonly name: string;
  /** The value, or a text in which «» stand around it. */
  readonly make: (chance: Chance) => string;
}

export const DIGITS = Array.from('0123456789');

/** The body with the first ending that makes it valid; another body when none does. */
export function completed(
  body: () => string,
  isValid: (value: string) => boolean,
  endings: readonly string[] = DIGITS,
): string {
  for (;;) {
    const start = body();
    const ending = endings.find((end) => isValid(start + end));
    if (ending !== undefined) return start + ending;
  }
}

/** In groups of so many units, with a sign between. */
export function grouped(value: string, lengths: readonly number[], sign: string): string {
  let at = 0;
  return lengths.map((length) => value.slice(at, (at += length))).join(sign);
}

/** Two digits. */
export const two = (value: number): string => String(value).padStart(2, '0');
