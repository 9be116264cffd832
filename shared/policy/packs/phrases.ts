// Finds phrases: groups of words that follow each other within a sentence, with limited gaps. Uses
// the occurrences of single words, so it takes linear time.

import type { Range } from '../../privacy/detect/detector.ts';
import { countBefore } from '../../runtime/sorted.ts';
import { isShown, type Evidence } from '../evidence.ts';
import type { MatcherContext, TextMatcher, TextView, WordList } from '../matcher.ts';
import { normalizeText } from '../normalized-text.ts';

/**
 * A string `'ignore|forget'` or a list is a group of words; a number limits the words before the
 * next group (0 by default).
 */
export type Phrase = readonly (string | readonly string[] | number)[];

/** Maximum length of a phrase with its gaps, and of a first word. */
const PHRASE_LENGTH_MAX = 256;
const BOUNDARY_CHARS = 16;
const GAP_LENGTH_MAX = 64;

interface Step {
  readonly words: WordList;
  /** The normalized words. */
  readonly texts: readonly string[];
  /** Maximum words between the previous step and this one. */
  readonly gap: number;
}

/** Finds any of the phrases in the normalized text. */
export function phraseMatcher(phrases: readonly Phrase[], context: MatcherContext): TextMatcher {
  const compiled = phrases.map((phrase) => ({
    steps: stepsOf(phrase, context),
    evidence: context.evidence(evidenceOf(phrase)),
  }));
  const tests = compiled.map(({ evidence }) => evidence);
  return {
    kind: 'text',
    before: BOUNDARY_CHARS,
    after: 2 * PHRASE_LENGTH_MAX,
    evidence: tests.every((test) => test !== undefined) ? { any: tests } : undefined,
    find: (view) =>
      compiled
        .filter(({ evidence }) => evidence === undefined || isShown(evidence, view.shown))
        .flatMap(({ steps }) => (hasAll(steps, view) ? matches(steps, view) : []))
        .map((range) => view.normalized.original(range))
        .toSorted((one, other) => one.start - other.start),
  };
}

/** Words of the steps whose words are the rarest, by their length. */
function evidenceOf(phrase: Phrase): Evidence {
  const groups = phrase.flatMap((part) => (typeof part === 'number' ? [] : [wordsOf(part)]));
  const rarest = groups.toSorted((one, other) => shortestOf(other) - shortestOf(one));
  return { all: rarest.slice(0, 2).map((words) => ({ words, wholeWord: true })) };
}

function shortestOf(words: readonly string[]): number {
  return Math.min(...words.map(({ length }) => length));
}

function wordsOf(part: string | readonly string[]): readonly string[] {
  return typeof part === 'string' ? part.split('|') : part;
}

function stepsOf(phrase: Phrase, context: MatcherContext): Step[] {
  let gap = 0;
  return phrase.flatMap((part) => {
    if (typeof part === 'number') {
      gap = part;
      return [];
    }
    const list = wordsOf(part);
    const words = context.words(list, { wholeWord: true, ignoreCase: true });
    const step = { words, texts: list.map((word) => normalizeText(word).text.trim()), gap };
    gap = 0;
    return step;
  });
}

/** Whether the text contains a word of each step, which is quicker to tell than where all words are. */
function hasAll(steps: readonly Step[], { normalized: { text } }: TextView): boolean {
  return steps.every(({ texts }) => texts.some((word) => text.includes(word)));
}

function matches([first, ...others]: readonly Step[], view: TextView): Range[] {
  if (!first) return [];
  const found: Range[] = [];
  const { text } = view.normalized;
  for (const begin of view.occurrences(first.words)) {
    let end = begin.end;
    const isComplete = others.every(({ words, gap }) => {
      const next = following(view.occurrences(words), end).find((range) =>
        isGapAllowed(text.slice(end, range.start), gap),
      );
      if (next) end = next.end;
      return next !== undefined;
    });
    if (isComplete && end - begin.start <= PHRASE_LENGTH_MAX)
      found.push({ start: begin.start, end });
  }
  return found;
}

/** Returns the few ranges that start shortly after `place`. */
function following(ranges: readonly Range[], place: number): readonly Range[] {
  const low = countBefore(ranges, place);
  let until = low;
  while ((ranges[until]?.start ?? Infinity) <= place + GAP_LENGTH_MAX && until < low + 16)
    until += 1;
  return ranges.slice(low, until);
}

/** Whether at most `words` words and no end of a sentence are in between. */
function isGapAllowed(between: string, words: number): boolean {
  if (/[.!?]\s/.test(between)) return false;
  return (between.match(/[\p{L}\p{N}'-]+/gu) ?? []).length <= words;
}
