// Cuts prose into windows that an analyzer can take, at ends of paragraphs, lines or sentences. The cuts
// depend on the text alone, so a block has the same windows on every turn.

import type { Range } from '../detect/detector.ts';

/** Characters that a window repeats of the one before, as context, and so that no name is cut in two. */
const OVERLAP_CHARS = 240;

const SENTENCE_END = /[.!?…]["'”’)\]]*\s+|[。！？][」』”]*/g;
const WORD = /\p{L}{2}|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;

/** Windows of at most `charsMax` characters that hold words. */
export function* windowsOf(
  text: string,
  segments: readonly Range[],
  charsMax: number,
): Generator<void, Range[]> {
  const windows: Range[] = [];
  const add = (window: Range) => {
    if (WORD.test(text.slice(window.start, window.end))) windows.push(window);
  };
  const overlap = Math.min(OVERLAP_CHARS, charsMax >> 3);
  for (const { start, end } of segments) {
    let at = start;
    while (end - at > charsMax) {
      const cut = cutBetween(text, at + (charsMax >> 1), at + charsMax);
      add({ start: at, end: cut });
      at = Math.max(startBetween(text, cut - overlap, cut), at + 1);
      yield;
    }
    add({ start: at, end });
    yield;
  }
  return windows;
}

/** The last good place to end a window. */
function cutBetween(text: string, from: number, to: number): number {
  const part = text.slice(from, to);
  const paragraph = part.lastIndexOf('\n\n');
  if (paragraph >= 0) return from + paragraph + 2;
  const line = part.lastIndexOf('\n');
  if (line >= 0) return from + line + 1;
  const sentences = Array.from(part.matchAll(SENTENCE_END), (end) => end.index + end[0].length);
  const last = sentences.at(-1) ?? lastSpace(part);
  return last > 0 ? from + last : wholeCharacter(text, to);
}

/** The first good place to begin the next window. */
function startBetween(text: string, from: number, to: number): number {
  const part = text.slice(from, to);
  const line = part.indexOf('\n');
  if (line >= 0 && line < part.length - 1) return from + line + 1;
  const [sentence] = part.matchAll(SENTENCE_END);
  const next = sentence ? sentence.index + sentence[0].length : part.length;
  if (next < part.length) return from + next;
  const space = part.search(/\s/);
  return space >= 0 && space < part.length - 1 ? from + space + 1 : wholeCharacter(text, from);
}

function lastSpace(part: string): number {
  for (let at = part.length; at > 0; at -= 1) if (/\s/.test(part[at - 1] ?? '')) return at;
  return 0;
}

/** `at`, or before the surrogate pair that it would cut. */
function wholeCharacter(text: string, at: number): number {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800
    ? at - 1
    : at;
}
