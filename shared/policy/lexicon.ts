// All words that the matchers of a policy look for, found in one pass over a text, however many lists
// there are.

import type { Range } from '../detect/detector.ts';
import { buildKeywordAutomaton } from '../detect/keyword-automaton.ts';
import { standsAsWord } from '../detect/word-list.ts';
import { foldText, type FoldedText } from './folded-text.ts';
import { MatcherFault, type WordList, type WordOptions } from './matcher.ts';

/** Room for what may be invisible between the letters of a word. */
const DISGUISE_UNITS = 32;

interface Entry extends WordOptions {
  readonly list: number;
  /** The word with its capitals. */
  readonly cased: string;
}

export interface CompiledLexicon {
  /** Where the words of each list stand in the folded text, in the order of their starts, by list. */
  occurrences(folded: FoldedText, text: string): readonly (readonly Range[])[];
}

export class Lexicon {
  readonly #entriesByWord = new Map<string, Entry[]>();
  #lists = 0;

  /** Throws MatcherFault when a word has nothing that could be looked for. */
  add(words: readonly string[], options: WordOptions): WordList {
    const list = this.#lists++;
    let unitsMax = 0;
    for (const [index, word] of words.entries()) {
      const folded = foldText(word).text.trim();
      if (folded === '') throw new MatcherFault(`entry ${index + 1} has nothing to look for`);
      unitsMax = Math.max(unitsMax, 2 * folded.length + DISGUISE_UNITS);
      const cased = foldText(word, { keepsCase: true }).text.trim();
      const entries = this.#entriesByWord.get(folded) ?? [];
      entries.push({ list, cased, ...options });
      this.#entriesByWord.set(folded, entries);
    }
    return { index: list, unitsMax };
  }

  compile(): CompiledLexicon {
    const words = [...this.#entriesByWord.keys()];
    const entries = [...this.#entriesByWord.values()];
    const none = Array.from({ length: this.#lists }, () => []);
    if (words.length === 0) return { occurrences: () => none };
    const { classes, next, shift, firstStop, wordsByStop } = buildKeywordAutomaton(words, []);
    const lists = this.#lists;

    return {
      occurrences(folded, text) {
        const found = Array.from({ length: lists }, (): Range[] => []);
        const units = folded.text;
        let state = 0;
        for (let at = 0; at < units.length; at++) {
          state = next[(state << shift) | (classes[units.charCodeAt(at)] ?? 0)] ?? 0;
          if (state < firstStop) continue;
          for (const word of wordsByStop[state - firstStop] ?? []) {
            const range = { start: at + 1 - (words[word]?.length ?? 0), end: at + 1 };
            for (const entry of entries[word] ?? []) {
              if (accepts(entry, range, folded, text)) found[entry.list]?.push(range);
            }
          }
        }
        for (const ranges of found) ranges.sort((one, other) => one.start - other.start);
        return found;
      },
    };
  }
}

function accepts(entry: Entry, range: Range, folded: FoldedText, text: string): boolean {
  if (entry.wholeWord && !standsAsWord(folded.text, range)) return false;
  if (entry.ignoreCase) return true;
  const { start, end } = folded.original(range);
  return foldText(text.slice(start, end), { keepsCase: true }).text === entry.cased;
}
