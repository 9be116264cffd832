// Searches for an RE2 expression in windows, so a large text can be searched in small steps. Window
// positions are fixed, so the result does not depend on the caller.

import type { RE2JS } from 're2js';
import type { Range } from './detector.ts';

/** Characters searched between two yields, about a millisecond. */
const WINDOW_CHARS = 8192;
/** Matches up to this length are always found; longer ones if their beginning matches. */
const OVERLAP_CHARS = 4096;
/** Context around a window for `\b` and `^`; a surrogate pair has two. */
const LEAD_CHARS = 2;
/** Appended to an incomplete text so that `$` does not match at the cut. */
export const CONTINUATION = '\u{10ffff}';
/** A match that a window cuts is extended up to this length. */
const MATCH_LENGTH_MAX = 65_536;

/** Yields about every millisecond; returns non-empty disjoint matches in text order. */
export function* searchPattern(pattern: RE2JS, text: string): Generator<void, Range[]> {
  const found: Range[] = [];
  let from = 0;
  for (let window = 0; window < text.length; window += WINDOW_CHARS) {
    if (window > 0) yield;
    from = Math.max(from, window);
    const base = Math.max(0, window - LEAD_CHARS);
    const limit = Math.min(text.length, window + WINDOW_CHARS + OVERLAP_CHARS);
    const part = partOf(text, base, limit);
    // Ten times faster than `find`, and usually false.
    if (!pattern.test(part)) continue;
    const matcher = pattern.matcher(part);
    while (from < Math.min(limit, window + WINDOW_CHARS) && matcher.find(from - base)) {
      let range = { start: base + matcher.start(), end: base + matcher.end() };
      if (range.start >= window + WINDOW_CHARS) break;
      if (range.end >= limit && limit < text.length) range = inFullLength(pattern, text, range);
      from = Math.max(range.end, range.start + 1);
      if (range.end > range.start) found.push(range);
    }
  }
  return found;
}

/** Extends a match that the end of the window cut. */
function inFullLength(pattern: RE2JS, text: string, cut: Range): Range {
  const base = Math.max(0, cut.start - LEAD_CHARS);
  const limit = Math.min(text.length, cut.start + MATCH_LENGTH_MAX);
  const matcher = pattern.matcher(partOf(text, base, limit));
  const isSame = matcher.find(cut.start - base) && base + matcher.start() === cut.start;
  const end = isSame ? Math.max(cut.end, base + matcher.end()) : cut.end;
  return { start: cut.start, end: Math.min(end, limit) };
}

function partOf(text: string, base: number, limit: number): string {
  if (limit === text.length) return text.slice(base);
  return text.slice(base, limit + LEAD_CHARS) + CONTINUATION;
}
