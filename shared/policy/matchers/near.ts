// Finds two words near each other, in either order: in one sentence, or within a number of words.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import type { MatcherContext, TextMatcher } from '../matcher.ts';
import { addWords, BOUNDARY_CHARS, wordsSchema } from './keyword.ts';

/** Limits the distance regardless of the length of sentence and words. */
const DISTANCE_MAX = 500;

const schema = z.strictObject({
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

export const nearMatcher = { schema, compile };

/** A match extends from the first word to the second. */
function compile({ a, b, within }: z.output<typeof schema>, context: MatcherContext): TextMatcher {
  const options = { wholeWord: true, ignoreCase: true };
  const { list: first, evidence: firstEvidence } = addWords(a, 'a', options, context);
  const { list: second, evidence: secondEvidence } = addWords(b, 'b', options, context);
  const areNear = within === 'sentence' ? inOneSentence : withinWords(within);
  return {
    kind: 'text',
    before: BOUNDARY_CHARS,
    // Includes invisible characters between the words.
    after: first.lengthMax + second.lengthMax + 2 * DISTANCE_MAX + BOUNDARY_CHARS,
    evidence: context.evidence({ all: [firstEvidence, secondEvidence] }),
    find(view) {
      const { text, normalized } = view;
      return neighbours(view.occurrences(first), view.occurrences(second))
        .filter(([one, other]) => {
          const distance = other.start - one.end;
          if (distance < 0 || distance > DISTANCE_MAX) return false;
          const from = normalized.original(one).end;
          return areNear(text.slice(from, normalized.original(other).start));
        })
        .map(([one, other]) => normalized.original({ start: one.start, end: other.end }));
    },
  };
}

/**
 * Returns each range of one list with the nearest range of the other before and after it, in text
 * order.
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

/** Whether no sentence or paragraph ends in between. */
function inOneSentence(between: string): boolean {
  return !/[.!?]\s|[。！？]|\n[^\S\n]{0,20}\n/.test(between);
}

function withinWords(max: number): (between: string) => boolean {
  return (between) => {
    let words = 0;
    for (const _ of between.matchAll(/[\p{L}\p{N}]+/gu)) if (++words > max) return false;
    return true;
  };
}
