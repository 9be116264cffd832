// Finds personal data and secrets by entity. Scrubbed requests contain placeholders; responses, and
// what the scrubber is configured to allow, contain raw values.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { DETECTORS } from '../../privacy/detect/detectors.ts';
import { placeholderPattern } from '../../privacy/placeholders.ts';
import { compileGlobs } from '../glob.ts';
import type { MatcherContext, TextMatcher } from '../matcher.ts';

/** How far detectors look on each side. */
const REACH_CHARS = 512;
const REDACTED = /\[REDACTED_([A-Z][A-Z0-9_]{0,62})\]/g;

const schema = z.strictObject({
  type: z.literal('entity'),
  /** `SECRET_*` means all entities with this prefix. */
  entities: z
    .array(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,62}\*?$|^\*$/, {
        error: 'must be an entity such as EMAIL_ADDRESS, or the beginning of some: SECRET_*',
      }),
    )
    .min(1, { error: 'must not be empty' })
    .max(200, { error: 'must have at most 200 entities' }),
  /** Minimum number of findings in a text. */
  count_min: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(1_000, { error: 'must be at most 1000' })
    .default(1),
});

export const entityMatcher = { schema, compile };

function compile(
  { entities, count_min: countMin }: z.output<typeof schema>,
  context: MatcherContext,
): TextMatcher {
  const isWanted = compileGlobs(entities);
  // Placeholders carry labels, and several entities may share one.
  const labels = new Set(
    DETECTORS.filter(({ entity }) => isWanted(entity)).map(({ label }) => label),
  );
  return {
    kind: 'text',
    before: REACH_CHARS,
    after: REACH_CHARS,
    countMin,
    evidence: context.evidence({ literals: ['PII_', '[REDACTED_'] }),
    findsPersonal: true,
    find(view) {
      const { text } = view;
      const redacted = inOrder([
        ...ranges(text, placeholderPattern(), (token) => labels.has(token.split('_')[1] ?? '')),
        ...ranges(text, REDACTED, (word) => isWanted(word.slice('[REDACTED_'.length, -1))),
      ]);
      const raw = view.findings().filter(({ detector }) => isWanted(detector.entity));
      return inOrder([...redacted, ...notOverlapping(redacted, raw)]);
    },
  };
}

/** Returns the ranges that overlap none of `redacted`, which are disjoint and in order. */
function notOverlapping(redacted: readonly Range[], raw: readonly Range[]): Range[] {
  let next = 0;
  const rest: Range[] = [];
  for (const { start, end } of inOrder(raw)) {
    while ((redacted[next]?.end ?? Infinity) <= start) next += 1;
    if ((redacted[next]?.start ?? Infinity) >= end) rest.push({ start, end });
  }
  return rest;
}

function inOrder(list: readonly Range[]): Range[] {
  return list.toSorted((one, other) => one.start - other.start);
}

function ranges(text: string, pattern: RegExp, accepts: (match: string) => boolean): Range[] {
  return Array.from(text.matchAll(pattern))
    .filter(([match]) => accepts(match))
    .map(({ 0: match, index }) => ({ start: index, end: index + match.length }));
}
