// All words that the matchers of a policy look for, found in one pass over a text, however many lists
// there are.

import type { Range } from '../privacy/detect/detector.ts';
import {
  buildKeywordAutomaton,
  type KeywordAutomaton,
} from '../privacy/detect/keyword-automaton.ts';
import { standsAsWord } from '../privacy/detect/word-list.ts';
import { foldText, type NormalizedText } from './folded-text.ts';
import { MatcherError, type WordList, type WordOptions } from './matcher.ts';

/** Worker for what may be invisible between the messages of a word. */
const CONFUSABLE_CHARS = 32;

interface Entry extends WordOptions {
  /** The word with its capitals. */
  readonly cased: string;
}

/** By number of a word of the lexicon, what one list says of it, as often as it stands there. */
type ListedWords = ReadonlyMap<number, readonly Entry[]>;

export interface CompiledLexicon {
  /** Where the words of a list stand in the folded text, in the order of their starts. */
  occurrences(normalized: NormalizedText, text: string): (list: number) => readonly Range[];
}

const NONE: readonly Range[] = Object.freeze([]);

export class Lexicon {
  readonly #numberByWord = new Map<string, number>();
  readonly #lists: ListedWords[] = [];

  /** Throws MatcherFault when a word has nothing that could be looked for. */
  add(words: readonly string[], options: WordOptions): WordList {
    const listed = new Map<number, Entry[]>();
    let unitsMax = 0;
    for (const [index, word] of words.entries()) {
      const normalized = foldText(word).text.trim();
      if (normalized === '') throw new MatcherError(`entry ${index + 1} has nothing to look for`);
      unitsMax = Math.max(unitsMax, 2 * normalized.length + CONFUSABLE_CHARS);
      const number = this.#numberByWord.get(normalized) ?? this.#numberByWord.size;
      this.#numberByWord.set(normalized, number);
      const cased = foldText(word, { keepsCase: true }).text.trim();
      listed.set(number, [...(listed.get(number) ?? []), { cased, ...options }]);
    }
    return { index: this.#lists.push(listed) - 1, unitsMax };
  }

  compile(): CompiledLexicon {
    const words = [...this.#numberByWord.keys()];
    const lists = [...this.#lists];
    if (words.length === 0) return { occurrences: () => () => NONE };
    const automaton = buildKeywordAutomaton(words, []);
    const listsByWord = words.map((_, word) =>
      lists.flatMap((list, index) => (list.has(word) ? [index] : [])),
    );

    return {
      occurrences(normalized, text) {
        // Words of packs stand everywhere, and few of their lists are asked for.
        const ends = endsByWord(automaton, normalized.units);
        const known: (readonly Range[] | undefined)[] = [];
        const matched = new Set([...ends.keys()].flatMap((word) => listsByWord[word] ?? []));
        return (list) => {
          if (!matched.has(list)) return NONE;
          return (known[list] ??= rangesOf(lists[list], words, ends, normalized, text));
        };
      },
    };
  }
}

/** Where the words end that stand in the text, by their numbers, each in the order of the text. */
function endsByWord(
  { classes, next, shift, firstStop, wordsByStop }: KeywordAutomaton,
  units: NormalizedText['units'],
): ReadonlyMap<number, number[]> {
  const ends = new Map<number, number[]>();
  let state = 0;
  for (let at = 0; at < units.length; at++) {
    state = next[(state << shift) | (classes[units[at] ?? 0] ?? 0)] ?? 0;
    if (state < firstStop) continue;
    for (const word of wordsByStop[state - firstStop] ?? []) {
      const known = ends.get(word);
      if (known) known.push(at + 1);
      else ends.set(word, [at + 1]);
    }
  }
  return ends;
}

function rangesOf(
  list: ListedWords | undefined,
  words: readonly string[],
  endsOf: ReadonlyMap<number, readonly number[]>,
  normalized: NormalizedText,
  text: string,
): readonly Range[] {
  const ranges: Range[] = [];
  for (const [word, entries] of list ?? []) {
    const length = words[word]?.length ?? 0;
    for (const end of endsOf.get(word) ?? []) {
      const range = { start: end - length, end };
      for (const entry of entries) if (accepts(entry, range, normalized, text)) ranges.push(range);
    }
  }
  if (ranges.length === 0) return NONE;
  return ranges.toSorted((one, other) => one.start - other.start || one.end - other.end);
}

function accepts(entry: Entry, range: Range, normalized: NormalizedText, text: string): boolean {
  if (entry.wholeWord && !standsAsWord(normalized.text, range)) return false;
  if (entry.ignoreCase) return true;
  const { start, end } = normalized.original(range);
  return foldText(text.slice(start, end), { keepsCase: true }).text === entry.cased;
}
