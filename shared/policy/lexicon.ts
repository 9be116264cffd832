// All words of a policy's matchers, found in one pass over a text regardless of the number of
// lists.

import type { Range } from '../privacy/detect/detector.ts';
import { isWholeWord } from '../privacy/detect/word-list.ts';
import { buildKeywordAutomaton, type KeywordAutomaton } from './keyword-automaton.ts';
import { normalizeText, type NormalizedText } from './normalized-text.ts';
import { MatcherError, type WordList, type WordOptions } from './matcher.ts';

/** Allowance for invisible characters between the letters of a word. */
const INVISIBLE_CHARS = 32;

interface Entry extends WordOptions {
  /** The normalized word with its capitals. */
  readonly cased: string;
}

/** Entries of one list by word number; a word may be listed more than once. */
type ListedWords = ReadonlyMap<number, readonly Entry[]>;

export interface CompiledLexicon {
  /** Returns a list's occurrences in the normalized text, by start. */
  occurrences(normalized: NormalizedText, text: string): (list: number) => readonly Range[];
}

const NONE: readonly Range[] = Object.freeze([]);

export class Lexicon {
  readonly #numberByWord = new Map<string, number>();
  readonly #lists: ListedWords[] = [];

  /** @throws MatcherError if nothing remains of a word after normalization */
  add(words: readonly string[], options: WordOptions): WordList {
    const listed = new Map<number, Entry[]>();
    let lengthMax = 0;
    for (const [index, word] of words.entries()) {
      const normalized = normalizeText(word).text.trim();
      if (normalized === '')
        throw new MatcherError(`entry ${index + 1} is empty after normalization`);
      lengthMax = Math.max(lengthMax, 2 * normalized.length + INVISIBLE_CHARS);
      const number = this.#numberByWord.get(normalized) ?? this.#numberByWord.size;
      this.#numberByWord.set(normalized, number);
      const cased = normalizeText(word, { keepsCase: true }).text.trim();
      listed.set(number, [...(listed.get(number) ?? []), { cased, ...options }]);
    }
    return { index: this.#lists.push(listed) - 1, lengthMax };
  }

  compile(): CompiledLexicon {
    const words = [...this.#numberByWord.keys()];
    const lists = [...this.#lists];
    if (words.length === 0) return { occurrences: () => () => NONE };
    const automaton = buildKeywordAutomaton(words);
    const listsByWord = words.map((): number[] => []);
    for (const [index, list] of lists.entries()) {
      for (const word of list.keys()) listsByWord[word]?.push(index);
    }

    return {
      occurrences(normalized, text) {
        // Words of packs occur everywhere, but few lists are requested.
        const ends = endsByWord(automaton, normalized.codes);
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

/** Returns the ends of each word's occurrences by word number, in text order. */
function endsByWord(
  { classes, next, shift, firstStop, wordsByStop }: KeywordAutomaton,
  codes: NormalizedText['codes'],
): ReadonlyMap<number, number[]> {
  const ends = new Map<number, number[]>();
  let state = 0;
  for (let at = 0; at < codes.length; at++) {
    state = next[(state << shift) | (classes[codes[at] ?? 0] ?? 0)] ?? 0;
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
  if (entry.wholeWord && !isWholeWord(normalized.text, range)) return false;
  if (entry.ignoreCase) return true;
  const { start, end } = normalized.original(range);
  return normalizeText(text.slice(start, end), { keepsCase: true }).text === entry.cased;
}
