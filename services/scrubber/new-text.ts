// Measures what a request leaves to search for: a turn of a conversation repeats texts whose findings are
// known, however large it is.

import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { TextFinder } from '../../shared/privacy/text-finder.ts';

/** Characters whose search takes as long as the replacement of a finding that is cached. */
const FINDING_CHARS = 64;

/**
 * Returns the key of the first new text if more than `charsMax` characters are new, otherwise
 * `undefined`. A remembered finding counts as some characters, because it must be replaced again.
 */
export function* newTextAbove(
  charsMax: number,
  request: ParsedRequest,
  finder: TextFinder,
): Generator<void, string | undefined> {
  const { texts, paths, identifiers, verbatim } = request.textFields;
  let chars = 0;
  let first: string | undefined;
  for (const list of [texts, identifiers, verbatim]) {
    for (const [index, node] of list.entries()) {
      const text = request.textAt(node);
      const name = list === texts ? paths[index]?.words : undefined;
      const findings = yield* finder.countKnown(text, name);
      chars += findings === undefined ? text.literal.length : findings * FINDING_CHARS;
      if (findings === undefined) first ??= text.key;
      if (chars > charsMax) return first ?? '';
      if (index % STEP_TEXTS === 0) yield;
    }
  }
  return undefined;
}

/** Texts looked up between two yields: less than a millisecond. */
const STEP_TEXTS = 256;
