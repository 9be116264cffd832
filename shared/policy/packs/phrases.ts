// Phrases as packs write them: groups of words that follow each other with a few others between, all in
// one sentence. Found from the occurrences of single words, so the time is linear in the text.

import type { Range } from '../../privacy/detect/detector.ts';
import { countBefore } from '../../runtime/sorted.ts';
import type { MatcherKit, TextMatcher, TextView, WordList } from '../matcher.ts';

/** `'ignore|forget'` is a group, as is a list; a number how many words may stand between it and the next (0 without). */
export type Phrase = readonly (string | readonly string[] | number)[];

/** No phrase with its fillers is longer, and no word that begins one. */
const PHRASE_UNITS_MAX = 256;
const BOUNDARY_UNITS = 16;
const GAP_UNITS_MAX = 64;

interface Step {
  readonly words: WordList;
  /** Words that may stand between the last step and this one. */
  readonly gap: number;
}

/** Finds any of the phrases in the folded text. */
export function phraseMatcher(phrases: readonly Phrase[], kit: MatcherKit): TextMatcher {
  const compiled = phrases.map((phrase) => stepsOf(phrase, kit));
  return {
    kind: 'text',
    before: BOUNDARY_UNITS,
    after: 2 * PHRASE_UNITS_MAX,
    find: (view) =>
      compiled
        .flatMap((steps) => matches(steps, view))
        .map((range) => view.normalized.original(range))
        .toSorted((one, other) => one.start - other.start),
  };
}

function stepsOf(phrase: Phrase, kit: MatcherKit): Step[] {
  let gap = 0;
  return phrase.flatMap((part) => {
    if (typeof part === 'number') {
      gap = part;
      return [];
    }
    const list = typeof part === 'string' ? part.split('|') : part;
    const words = kit.words(list, { wholeWord: true, ignoreCase: true });
    const step = { words, gap };
    gap = 0;
    return step;
  });
}

function matches([first, ...others]: readonly Step[], view: TextView): Range[] {
  if (!first) return [];
  const found: Range[] = [];
  const { text } = view.normalized;
  for (const begin of view.occurrences(first.words)) {
    let end = begin.end;
    const isWhole = others.every(({ words, gap }) => {
      const next = following(view.occurrences(words), end).find((range) =>
        isGap(text.slice(end, range.start), gap),
      );
      if (next) end = next.end;
      return next !== undefined;
    });
    if (isWhole && end - begin.start <= PHRASE_UNITS_MAX) found.push({ start: begin.start, end });
  }
  return found;
}

/** The few ranges that start soon behind a place. */
function following(ranges: readonly Range[], place: number): readonly Range[] {
  const low = countBefore(ranges, place);
  let until = low;
  while ((ranges[until]?.start ?? Infinity) <= place + GAP_UNITS_MAX && until < low + 16)
    until += 1;
  return ranges.slice(low, until);
}

/** Whether at most so many words stand between, and no end of a sentence. */
function isGap(between: string, words: number): boolean {
  if (/[.!?]\s/.test(between)) return false;
  return (between.match(/[\p{L}\p{N}'-]+/gu) ?? []).length <= words;
}
