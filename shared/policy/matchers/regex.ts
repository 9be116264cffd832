// RE2 expressions, which have no look-around or backreferences and so run in linear time
// (https://github.com/google/re2/wiki/Syntax).

import { RE2JS } from 're2js';
import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { CONTINUATION, searchPattern } from '../../privacy/detect/pattern-search.ts';
import { MatcherError, type MatcherContext, type TextMatcher } from '../matcher.ts';
import { evidenceOfPattern } from '../regex-evidence.ts';

/** Bounds the time per character, which grows with the program size. */
const INSTRUCTIONS_MAX = 2_000;
/** Context for `\b` and `^`; a surrogate pair has two. */
const LEAD_CHARS = 2;

const schema = z.strictObject({
  type: z.literal('regex'),
  pattern: z
    .string({ error: 'must be text' })
    .min(1, { error: 'must not be empty' })
    .max(1_000, { error: 'must have at most 1000 characters' }),
  ignore_case: z.boolean({ error: 'must be true or false' }).default(false),
  /** Matches up to this length are always found; longer ones by their beginning. */
  units_max: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(4_096, { error: 'must be at most 4096' })
    .default(256),
});

export const regexMatcher = { schema, compile };

/** @throws MatcherError with the reason, without quoting the pattern */
function compile(input: z.output<typeof schema>, context: MatcherContext): TextMatcher {
  const pattern = compiled(input);
  if (pattern.test('')) throw new MatcherError('matches the empty text', ['pattern']);
  const size = pattern.programSize();
  if (size > INSTRUCTIONS_MAX) {
    const reason = `is too large: ${size} instructions, at most ${INSTRUCTIONS_MAX} are allowed`;
    throw new MatcherError(reason, ['pattern']);
  }
  const evidence = evidenceOfPattern(input.pattern);
  return {
    kind: 'text',
    before: LEAD_CHARS,
    after: input.units_max + LEAD_CHARS,
    evidence: evidence && context.evidence(evidence),
    find({ text, hasMore }) {
      // Otherwise `$` would match at the end of the window.
      const steps = searchPattern(pattern, hasMore ? text + CONTINUATION : text);
      for (;;) {
        const step: IteratorResult<void, Range[]> = steps.next();
        if (!step.done) continue;
        return step.value.map(({ start, end }) => ({ start, end: Math.min(end, text.length) }));
      }
    },
  };
}

const REASONS: readonly (readonly [is: RegExp, reason: string])[] = [
  [/\(\?(=|!|<=|<!)/, 'has look-around, which RE2 does not support'],
  [/\\[1-9]|\\k<|\(\?P=/, 'has a backreference, which RE2 does not support'],
  [/\(\?>|[*+?}]\+/, 'has atomic groups or possessive quantifiers, which RE2 does not support'],
];

function compiled({ pattern, ignore_case: ignoreCase }: z.output<typeof schema>): RE2JS {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    const known = REASONS.find(([is]) => is.test(pattern));
    throw new MatcherError(known?.[1] ?? 'is not a valid RE2 expression', ['pattern']);
  }
}
