// Detects a list of words. Triggers are ASCII, so the longest ASCII part of a word is its anchor;
// words without one need a separate search.

import { codeAt } from './characters.ts';
import type { Detector, Range } from './detector.ts';

/** Shorter anchors would stop the scanner too often. */
const ANCHOR_LENGTH_MIN = 3;

/** Letters and digits, except in scripts without spaces between words. */
const BINDING =
  /[[\p{L}\p{N}]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}]]/v;

const BINDING_ASCII = Array.from({ length: 0x80 }, (_, code) =>
  BINDING.test(String.fromCharCode(code)),
);

interface Anchored {
  readonly word: string;
  /** Offset of the anchor within the word. */
  readonly offset: number;
}

/** Returns triggers and `find` for the words that have an anchor. */
export function wordFinder(words: readonly string[]): Pick<Detector, 'triggers' | 'find'> {
  const byAnchor = new Map<string, Anchored[]>();
  for (const word of new Set(words.map((each) => each.toLowerCase()))) {
    const anchor = anchorOf(word);
    if (anchor === undefined) continue;
    const anchored = { word, offset: word.indexOf(anchor) };
    byAnchor.set(anchor, [...(byAnchor.get(anchor) ?? []), anchored]);
  }
  // Longest first, to prefer name and surname to the name.
  for (const list of byAnchor.values()) list.sort((a, b) => b.word.length - a.word.length);
  return {
    triggers: [{ kind: 'word', words: [...byAnchor.keys()] }],
    find(text, start, end) {
      for (const { word, offset } of byAnchor.get(text.slice(start, end).toLowerCase()) ?? []) {
        const range = { start: start - offset, end: start - offset + word.length };
        if (range.start < 0 || text.slice(range.start, range.end).toLowerCase() !== word) continue;
        if (isWholeWord(text, range)) return range;
      }
      return undefined;
    },
  };
}

/** Whether a trigger can lead the scanner to the word. */
export function hasAnchor(word: string): boolean {
  return anchorOf(word) !== undefined;
}

/** Whether the range is a whole word; `_` and `-` separate words. */
export function isWholeWord(text: string, { start, end }: Range): boolean {
  return (
    !(isWordPart(text, start) && isWordPart(text, start - 1)) &&
    !(isWordPart(text, end - 1) && isWordPart(text, end))
  );
}

function isWordPart(text: string, index: number): boolean {
  const code = codeAt(text, index);
  return code < 0x80 ? BINDING_ASCII[code] === true : BINDING.test(text[index] ?? '');
}

/** Whether a UTF-16 unit binds to the next one in a word. */
export function isWordUnit(unit: number): boolean {
  return BINDING.test(String.fromCharCode(unit));
}

function anchorOf(word: string): string | undefined {
  const segments = word.toLowerCase().match(/[\x20-\x7e]+/g) ?? [];
  const longest = segments.toSorted((a, b) => b.length - a.length)[0];
  return longest !== undefined && longest.length >= ANCHOR_LENGTH_MIN ? longest : undefined;
}
