// Personal data and secrets by their kind. In a request that has been scrubbed they stand as
// placeholders; what the scrubber was told to leave, and what a model writes, stands there raw.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { DETECTORS } from '../../privacy/detect/detectors.ts';
import { tokenPattern } from '../../privacy/placeholders.ts';
import { compileGlobs } from '../glob.ts';
import type { TextMatcher } from '../matcher.ts';

/** How far detectors look on either side. */
const REACH_UNITS = 512;
const REDACTED = /\[REDACTED_([A-Z][A-Z0-9_]{0,62})\]/g;

export const entitySchema = z.strictObject({
  type: z.literal('entity'),
  /** `SECRET_*` means all that begin so. */
  entities: z
    .array(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,62}\*?$|^\*$/, {
        error: 'must be an entity such as EMAIL_ADDRESS, or the beginning of some: SECRET_*',
      }),
    )
    .min(1, { error: 'must not be empty' })
    .max(200, { error: 'must have at most 200 entities' }),
  /** How many a text must have. */
  count_min: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(1_000, { error: 'must be at most 1000' })
    .default(1),
});

export function compileEntity({
  entities,
  count_min: countMin,
}: z.output<typeof entitySchema>): TextMatcher {
  const isAsked = compileGlobs(entities);
  // Entities of one kind share a label; it stands for all of them.
  const labels = new Set(
    DETECTORS.filter(({ entity }) => isAsked(entity)).map(({ label }) => label),
  );
  return {
    kind: 'text',
    before: REACH_UNITS,
    after: REACH_UNITS,
    countMin,
    find(view) {
      const { text } = view;
      const placed = inOrder([
        ...ranges(text, tokenPattern(), (token) => labels.has(token.split('_')[1] ?? '')),
        ...ranges(text, REDACTED, (word) => isAsked(word.slice('[REDACTED_'.length, -1))),
      ]);
      const raw = view.findings().filter(({ detector }) => isAsked(detector.entity));
      return inOrder([...placed, ...besides(placed, raw)]);
    },
  };
}

/** Those that share nothing with any of `placed`, which are disjoint and in order. */
function besides(placed: readonly Range[], raw: readonly Range[]): Range[] {
  let next = 0;
  const others: Range[] = [];
  for (const { start, end } of inOrder(raw)) {
    while ((placed[next]?.end ?? Infinity) <= start) next += 1;
    if ((placed[next]?.start ?? Infinity) >= end) others.push({ start, end });
  }
  return others;
}

function inOrder(list: readonly Range[]): Range[] {
  return list.toSorted((one, other) => one.start - other.start);
}

function ranges(text: string, pattern: RegExp, accepts: (match: string) => boolean): Range[] {
  return Array.from(text.matchAll(pattern))
    .filter(([match]) => accepts(match))
    .map(({ 0: match, index }) => ({ start: index, end: index + match.length }));
}
