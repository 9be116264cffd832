// Searches a text for an expression of RE2, whose time is linear in the text whatever it says. In
// windows, so that a large text can be searched in small steps; their places are fixed, so that what
// is found does not depend on who asks.

import type { RE2JS } from 're2js';
import type { Range } from './detector.ts';

/** Units whose matches are looked for between two yields: about a millisecond's work. */
const WINDOW_UNITS = 8192;
/** A match of this length is found wherever it lies; a longer one if its beginning matches, too. */
const OVERLAP_UNITS = 4096;
/** Around a window, so that `\b` and `^` see what is beside it; a surrogate pair has two. */
const LEAD_UNITS = 2;
/** Stands behind a text of which there is more, where `$` would take the cut for the end. */
export const GOES_ON = '\u{10ffff}';
/** A match that a window cut is followed this far. */
const LONGEST_UNITS = 65_536;

/** Matches that are not empty, disjoint and in the order of the text. */
export function* searchPattern(pattern: RE2JS, text: string): Generator<void, Range[]> {
  const found: Range[] = [];
  let from = 0;
  for (let window = 0; window < text.length; window += WINDOW_UNITS) {
    if (window > 0) yield;
    from = Math.max(from, window);
    const base = Math.max(0, window - LEAD_UNITS);
    const limit = Math.min(text.length, window + WINDOW_UNITS + OVERLAP_UNITS);
    const part = partOf(text, base, limit);
    // Ten times as fast as a search, and mostly the end of it.
    if (!pattern.test(part)) continue;
    const matcher = pattern.matcher(part);
    while (from < Math.min(limit, window + WINDOW_UNITS) && matcher.find(from - base)) {
      let range = { start: base + matcher.start(), end: base + matcher.end() };
      if (range.start >= window + WINDOW_UNITS) break;
      if (range.end >= limit && limit < text.length) range = inFullLength(pattern, text, range);
      from = Math.max(range.end, range.start + 1);
      if (range.end > range.start) found.push(range);
    }
  }
  return found;
}

/** A match that the end of the window cut. */
function inFullLength(pattern: RE2JS, text: string, cut: Range): Range {
  const base = Math.max(0, cut.start - LEAD_UNITS);
  const limit = Math.min(text.length, cut.start + LONGEST_UNITS);
  const matcher = pattern.matcher(partOf(text, base, limit));
  const isSame = matcher.find(cut.start - base) && base + matcher.start() === cut.start;
  const end = isSame ? Math.max(cut.end, base + matcher.end()) : cut.end;
  return { start: cut.start, end: Math.min(end, limit) };
}

function partOf(text: string, base: number, limit: number): string {
  if (limit === text.length) return text.slice(base);
  return text.slice(base, limit + LEAD_UNITS) + GOES_ON;
}
