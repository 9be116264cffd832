// Two words that stand near each other, in either order: in one sentence, or a number of words apart.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import type { MatcherKit, TextMatcher } from '../matcher.ts';
import { addWords, BOUNDARY_UNITS, wordsSchema } from './keyword.ts';

/** However long a sentence is, or however long its words. */
const APART_UNITS_MAX = 500;

export const nearSchema = z.strictObject({
  type: z.literal('near'),
  a: wordsSchema,
  b: wordsSchema,
  within: z
    .union([
      z.literal('sentence'),
      z.int({ error: 'must be a whole number' }).min(1, { error: 'must be at least 1' }).max(50, {
        error: 'must be at most 50',
      }),
    ])
    .default('sentence'),
});

/** A match is from the beginning of the first word to the end of the second. */
export function compileNear(
  { a, b, within }: z.output<typeof nearSchema>,
  kit: MatcherKit,
): TextMatcher {
  const options = { wholeWord: true, ignoreCase: true };
  const first = addWords(a, 'a', options, kit);
  const second = addWords(b, 'b', options, kit);
  const areNear = within === 'sentence' ? inOneSentence : wordsApart(within);
  return {
    kind: 'text',
    before: BOUNDARY_UNITS,
    // Confusables between the words take worker, too.
    after: first.unitsMax + second.unitsMax + 2 * APART_UNITS_MAX + BOUNDARY_UNITS,
    find(view) {
      const { text, normalized } = view;
      return neighbours(view.occurrences(first), view.occurrences(second))
        .filter(([one, other]) => {
          const apart = other.start - one.end;
          if (apart < 0 || apart > APART_UNITS_MAX) return false;
          const from = normalized.original(one).end;
          return areNear(text.slice(from, normalized.original(other).start));
        })
        .map(([one, other]) => normalized.original({ start: one.start, end: other.end }));
    },
  };
}

/**
 * Each range of one list with the nearest of the other before and behind it, in the order of the text:
 * what is farther away is not nearer.
 */
function neighbours(as: readonly Range[], bs: readonly Range[]): (readonly [Range, Range])[] {
  const pairs: (readonly [Range, Range])[] = [];
  const all = [
    ...as.map((range) => ({ range, isA: true })),
    ...bs.map((range) => ({ range, isA: false })),
  ].toSorted((one, other) => one.range.start - other.range.start);
  let lastA: Range | undefined;
  let lastB: Range | undefined;
  for (const { range, isA } of all) {
    const other = isA ? lastB : lastA;
    if (other) pairs.push([other, range]);
    if (isA) lastA = range;
    else lastB = range;
  }
  return pairs.toSorted(([one], [other]) => one.start - other.start);
}

/** No full stop, question or exclamation mark that ends something, and no empty line. */
function inOneSentence(between: string): boolean {
  return !/[.!?]\s|[。！？]|\n[^\S\n]{0,20}\n/.test(between);
}

function wordsApart(most: number): (between: string) => boolean {
  return (between) => {
    let words = 0;
    for (const _ of between.matchAll(/[\p{L}\p{N}]+/gu)) if (++words > most) return false;
    return true;
  };
}
