// Regular expressions of RE2, which has no look-around and no back-references and therefore takes time
// proportional to the text, whatever it says (https://github.com/google/re2/wiki/Syntax).

import { RE2JS } from 're2js';
import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { GOES_ON, searchPattern } from '../../privacy/detect/pattern-search.ts';
import { MatcherError, type TextMatcher } from '../matcher.ts';

/** Time for a unit of text grows with the number of instructions. */
const INSTRUCTIONS_MAX = 2_000;
/** So that `\b` and `^` see what precedes a match; a surrogate pair has two. */
const LEAD_UNITS = 2;

export const regexSchema = z.strictObject({
  type: z.literal('regex'),
  pattern: z
    .string({ error: 'must be text' })
    .min(1, { error: 'must not be empty' })
    .max(1_000, { error: 'must have at most 1000 characters' }),
  ignore_case: z.boolean({ error: 'must be true or false' }).default(false),
  /** Matches of this length are found however the text is cut; longer ones by their beginning. */
  units_max: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(4_096, { error: 'must be at most 4096' })
    .default(256),
});

/** Throws MatcherFault that says why the pattern cannot be used, and does not quote it. */
export function compileRegex(input: z.output<typeof regexSchema>): TextMatcher {
  const pattern = compiled(input);
  if (pattern.test('')) throw new MatcherError('matches the empty text', ['pattern']);
  const size = pattern.programSize();
  if (size > INSTRUCTIONS_MAX) {
    const reason = `is too large: ${size} instructions, at most ${INSTRUCTIONS_MAX} are allowed`;
    throw new MatcherError(reason, ['pattern']);
  }
  return {
    kind: 'text',
    before: LEAD_UNITS,
    after: input.units_max + LEAD_UNITS,
    find({ text, goesOn }) {
      // Otherwise `$` would take the end of the window for that of the text.
      const steps = searchPattern(pattern, goesOn ? text + GOES_ON : text);
      for (;;) {
        const step: IteratorResult<void, Range[]> = steps.next();
        if (!step.done) continue;
        return step.value.map(({ start, end }) => ({ start, end: Math.min(end, text.length) }));
      }
    },
  };
}

const REASONS: readonly (readonly [is: RegExp, reason: string])[] = [
  [/\(\?(=|!|<=|<!)/, 'has look-around, which could not promise linear time'],
  [/\\[1-9]|\\k<|\(\?P=/, 'refers back to a group, which could not promise linear time'],
  [/\(\?>|[*+?}]\+/, 'has atomic groups or possessive quantifiers, which RE2 does not know'],
];

function compiled({ pattern, ignore_case: ignoreCase }: z.output<typeof regexSchema>): RE2JS {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    const known = REASONS.find(([is]) => is.test(pattern));
    throw new MatcherError(known?.[1] ?? 'is not an expression of RE2', ['pattern']);
  }
}
