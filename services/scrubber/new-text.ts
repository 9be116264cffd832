// Measures what a request leaves to search for: a turn of a conversation repeats texts whose findings are
// cached, however large it is.

import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { TextFinder } from '../../shared/privacy/text-finder.ts';
import type { TimeSlice } from '../../shared/runtime/time-slice.ts';

/** Characters whose search takes as long as the replacement of a finding that is cached. */
const FINDING_CHARS = 64;

/**
 * Returns the key of the first new text if more than `charsMax` characters are new, otherwise
 * `undefined`. A cached finding counts as some characters, because it must be replaced again.
 */
export async function newTextAbove(
  charsMax: number,
  request: ParsedRequest,
  finder: TextFinder,
  timeSlice: TimeSlice,
): Promise<string | undefined> {
  const { texts, paths, identifiers, verbatim } = request.textFields;
  let chars = 0;
  let first: string | undefined;
  for (const list of [texts, identifiers, verbatim]) {
    for (const [index, node] of list.entries()) {
      const text = request.textAt(node);
      const name = list === texts ? paths[index]?.words : undefined;
      const known = await finder.known(text, timeSlice, name);
      chars += known ? known.length * FINDING_CHARS : text.literal.length;
      if (!known && finder.caches(text)) first ??= text.key;
      if (chars > charsMax) return first ?? '';
      if (timeSlice.isDue()) await timeSlice.take();
    }
  }
  return undefined;
}
