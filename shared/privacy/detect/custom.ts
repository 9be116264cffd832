// The operator's detectors: word lists and RE2 expressions, which run in linear time. Expressions search the
// text themselves because they have no trigger.

import { RE2JS } from 're2js';
import * as z from 'zod';
import { LABEL_PATTERN } from '../placeholders.ts';
import type { Detector, Range } from './detector.ts';
import { searchPattern } from './pattern-search.ts';
import { hasAnchor, isWholeWord, wordFinder } from './word-list.ts';

/** Bounds the time per character, which grows with the program size. */
const INSTRUCTIONS_MAX = 2000;

const entrySchema = z
  .strictObject({
    /** Identifies the detector in reports and errors. */
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    /** Entity name such as `CREDIT_CARD`. */
    entity: z.string().regex(/^[A-Z][A-Z0-9_]{1,62}$/),
    /** Label of placeholders: `PII_<label>_…`. */
    label: z.string().regex(LABEL_PATTERN),
    /** Matched as whole words in any letter case. */
    words: z.array(z.string().trim().min(2).max(100)).min(1).max(5000).exactOptional(),
    /** RE2 syntax: https://github.com/google/re2/wiki/Syntax. */
    pattern: z.string().min(1).max(1000).exactOptional(),
    /** Applies to `pattern`. */
    ignore_case: z.boolean().default(false),
  })
  .superRefine(({ words, pattern, ignore_case: ignoreCase }, context) => {
    if ((words === undefined) === (pattern === undefined)) {
      context.addIssue({ code: 'custom', message: 'must have either words or a pattern' });
    }
    const issue = pattern === undefined ? undefined : patternIssue(pattern, ignoreCase);
    if (issue !== undefined)
      context.addIssue({ code: 'custom', path: ['pattern'], message: issue });
  });

/** Schema of the operator's detectors in the rules file. */
export const customSchema = z
  .array(entrySchema)
  .max(200)
  .superRefine((entries, context) => {
    const ids = entries.map(({ id }) => id);
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) === index) continue;
      context.addIssue({
        code: 'custom',
        path: [index, 'id'],
        message: 'duplicates the id of another entry',
      });
    }
  });

export type CustomEntries = z.infer<typeof customSchema>;
type CustomEntry = CustomEntries[number];

/** Returns disjoint matches in text order. Matches up to 4,096 characters are always found. */
export type CustomSearch = (text: string) => Range[];

/** A detector that searches the text itself. */
export interface CustomPattern {
  readonly id: string;
  /** Carries entity, label and rank of its findings; it has no triggers. */
  readonly detector: Detector;
  readonly search: CustomSearch;
  /** Like `search`, in steps of about a millisecond. */
  readonly slices: (text: string) => Generator<void, Range[]>;
}

/** Compiles the word lists to detectors for the scanner's pass. */
export function customDetectors(entries: CustomEntries): Detector[] {
  return entries.flatMap((entry) => {
    const words = entry.words?.filter(hasAnchor) ?? [];
    return words.length === 0 ? [] : { ...detectorOf(entry), ...wordFinder(words) };
  });
}

/** Compiles the expressions, and the words that no trigger can lead to. */
export function customPatterns(entries: CustomEntries): CustomPattern[] {
  return entries.flatMap((entry) => {
    if (entry.pattern !== undefined)
      return patternOf(entry, compile(entry.pattern, entry.ignore_case));
    const words = entry.words?.filter((word) => !hasAnchor(word)) ?? [];
    if (words.length === 0) return [];
    // RE2 prefers the first alternative; we want the longest.
    const longestFirst = words.toSorted((a, b) => b.length - a.length);
    const anyWord = compile(longestFirst.map((word) => RE2JS.quote(word)).join('|'), true);
    return patternOf(entry, anyWord, isWholeWord);
  });
}

function detectorOf({ entity, label }: CustomEntry): Detector {
  return { entity, label, tier: 'A', triggers: [], find: () => undefined };
}

function patternOf(
  entry: CustomEntry,
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
  return { id: entry.id, detector: detectorOf(entry), search, slices };
}

/** Returns why the expression cannot be used, or undefined. */
function patternIssue(pattern: string, ignoreCase: boolean): string | undefined {
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
