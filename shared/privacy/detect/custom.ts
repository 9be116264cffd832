// Detectors that the operator adds: lists of words, and regular expressions. The latter are RE2's,
// which has no look-around and no back-references and therefore cannot be made slow by a text. They
// search for themselves, beside the scanner's pass, since nothing tells where they could begin.

import { RE2JS } from 're2js';
import * as z from 'zod';
import { LABEL_FORM } from '../placeholders.ts';
import type { Detector, Range } from './detector.ts';
import { searchPattern } from './pattern-search.ts';
import { hasAnchor, standsAsWord, wordFinder } from './word-list.ts';

/** Time for a unit of text grows with the number of instructions. */
const INSTRUCTIONS_MAX = 2000;

const rowSchema = z
  .strictObject({
    /** Names the row in reports and errors. */
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    /** As in `CREDIT_CARD`. */
    entity: z.string().regex(/^[A-Z][A-Z0-9_]{1,62}$/),
    /** For placeholders: `PII_<label>_…`. */
    label: z.string().regex(LABEL_FORM),
    /** Found in any letter case, where no letter or digit stands beside them. */
    words: z.array(z.string().trim().min(2).max(100)).min(1).max(5000).exactOptional(),
    /** RE2 syntax: https://github.com/google/re2/wiki/Syntax. */
    pattern: z.string().min(1).max(1000).exactOptional(),
    /** Of the pattern. */
    ignoreCase: z.boolean().default(false),
  })
  .superRefine(({ words, pattern, ignoreCase }, context) => {
    if ((words === undefined) === (pattern === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either words or a pattern' });
    }
    const onError = pattern === undefined ? undefined : faultOf(pattern, ignoreCase);
    if (onError !== undefined)
      context.addIssue({ code: 'custom', path: ['pattern'], message: onError });
  });

/** The operator's rows, as they stand in a configuration file; faults come with their path. */
export const customSchema = z
  .array(rowSchema)
  .max(200)
  .superRefine((rows, context) => {
    const ids = rows.map(({ id }) => id);
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) === index) continue;
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: 'is the id of another row, too',
      });
    }
  });

export type CustomRows = z.infer<typeof customSchema>;
type Row = CustomRows[number];

/**
 * The matches in a text, disjoint and in its order, of up to 4,096 units. Depends on nothing but
 * the text.
 */
export type CustomSearch = (text: string) => Range[];

/** What searches for itself. */
export interface CustomPattern {
  readonly id: string;
  /** Stands for it in findings and in the order of precedence; has no triggers, finds nothing. */
  readonly detector: Detector;
  readonly search: CustomSearch;
  /** The same in steps of about a millisecond. */
  readonly slices: (text: string) => Generator<void, Range[]>;
}

/** The word lists, as detectors for the scanner's pass. */
export function customDetectors(rows: CustomRows): Detector[] {
  return rows.flatMap((row) => {
    const words = row.words?.filter(hasAnchor) ?? [];
    return words.length === 0 ? [] : { ...detectorOf(row), ...wordFinder(words) };
  });
}

/** The expressions, and those words of the lists that the scanner cannot be led to. */
export function customPatterns(rows: CustomRows): CustomPattern[] {
  return rows.flatMap((row) => {
    if (row.pattern !== undefined) return patternOf(row, compile(row.pattern, row.ignoreCase));
    const words = row.words?.filter((word) => !hasAnchor(word)) ?? [];
    if (words.length === 0) return [];
    // RE2 takes the first of several that fit at one place; the longest is wanted.
    const longestFirst = words.toSorted((a, b) => b.length - a.length);
    const anyWord = compile(longestFirst.map((word) => RE2JS.quote(word)).join('|'), true);
    return patternOf(row, anyWord, standsAsWord);
  });
}

function detectorOf({ entity, label }: Row): Detector {
  return { entity, label, tier: 'A', triggers: [], find: () => undefined };
}

function patternOf(
  row: Row,
  pattern: RE2JS,
  accepts: (text: string, range: Range) => boolean = () => true,
): CustomPattern {
  function* slices(text: string): Generator<void, Range[]> {
    const found = yield* searchPattern(pattern, text);
    return found.filter((range) => accepts(text, range));
  }
  const search: CustomSearch = (text) => {
    const steps = slices(text);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  };
  return { id: row.id, detector: detectorOf(row), search, slices };
}

/** Why the expression cannot be used, or undefined. */
function faultOf(pattern: string, ignoreCase: boolean): string | undefined {
  try {
    const compiled = compile(pattern, ignoreCase);
    if (compiled.test('')) return 'matches the empty text';
    const size = compiled.programSize();
    if (size > INSTRUCTIONS_MAX) {
      return `is too large: ${size} instructions, at most ${INSTRUCTIONS_MAX} are allowed`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(pattern: string, ignoreCase: boolean): RE2JS {
  return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
}
