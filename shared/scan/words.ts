// What automata are compiled from, and whether two would be the same.

import type { Keyword } from './program.ts';

/** Keywords, whose triggers count from the first one. */
export interface Words {
  readonly keywords: readonly Keyword[];
  /** Of folded keywords. */
  readonly fold: Uint16Array | undefined;
}

export function isSameWords(one: Words, other: Words): boolean {
  return (
    one.keywords.length === other.keywords.length &&
    one.keywords.every((keyword, index) => isSameKeyword(keyword, other.keywords[index])) &&
    isSameFold(one.fold, other.fold)
  );
}

function isSameKeyword(one: Keyword, other: Keyword | undefined): boolean {
  if (one === other) return true;
  return (
    one.text === other?.text &&
    one.before === other.before &&
    one.after === other.after &&
    one.isHeading === other.isHeading
  );
}

function isSameFold(one: Uint16Array | undefined, other: Uint16Array | undefined): boolean {
  if (one === other || !one || !other) return one === other;
  return one.length === other.length && one.every((to, unit) => to === other[unit]);
}
