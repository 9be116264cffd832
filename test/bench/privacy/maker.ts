import type { Chance } from '../../kit/seeded.ts';

/** Generates values of one entity and names them. */
export interface Maker {
  readonly entity: string;
  /** Set if an entity has several forms. */
  readonly form?: string;
  /** The words before the value: `NHS number`. */
  readonly name: string;
  /** The value, or a text with «» around it. */
  readonly make: (chance: Chance) => string;
}

export const DIGITS = Array.from('0123456789');

/** The body with the first valid ending; tries another body if there is none. */
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

/** Splits into groups of these lengths, joined by `sign`. */
export function grouped(value: string, lengths: readonly number[], sign: string): string {
  let at = 0;
  return lengths.map((length) => value.slice(at, (at += length))).join(sign);
}

/** Two digits. */
export const two = (value: number): string => String(value).padStart(2, '0');
